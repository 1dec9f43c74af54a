//! The native servers that can be fetched, and their digests.

use super::FetchRefusal;

/// A package of `initdb`, `postgres` and its libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Package {
    platform: &'static str,
    version: &'static str,
    /// Of the archive, in base64, as `npm view <package>@<version> dist.integrity` shows it.
    pub(super) sha512: &'static str,
}

impl Package {
    /// The name `npm` knows it by.
    pub(super) fn spec(&self) -> String {
        format!("@embedded-postgres/{}@{}", self.platform, self.version)
    }

    /// The name of the directory it is kept in.
    pub(super) fn directory(&self) -> String {
        format!("{}-{}", self.platform, self.version)
    }

    fn major(&self) -> Option<u32> {
        self.version.split('.').next()?.parse().ok()
    }

    /// The one for this machine: of the wanted major version, else of the nearest; the newest
    /// where none is wanted.
    pub(super) fn choose(wanted: Option<u32>) -> Result<&'static Self, FetchRefusal> {
        let here = platform().ok_or(FetchRefusal::Platform)?;
        PACKAGES
            .iter()
            .filter(|package| package.platform == here)
            .min_by_key(|package| {
                let major = package.major().unwrap_or_default();
                let distance = wanted.map_or(0, |wanted| major.abs_diff(wanted));
                (distance, std::cmp::Reverse(major))
            })
            .ok_or(FetchRefusal::Platform)
    }
}

/// This machine, in `npm`'s words. On Linux the packages need glibc.
const fn platform() -> Option<&'static str> {
    let linux = cfg!(all(target_os = "linux", target_env = "gnu"));
    let macos = cfg!(target_os = "macos");
    let (x64, arm64) = (cfg!(target_arch = "x86_64"), cfg!(target_arch = "aarch64"));
    match (linux, macos, x64, arm64) {
        (true, _, true, _) => Some("linux-x64"),
        (true, _, _, true) => Some("linux-arm64"),
        (_, true, true, _) => Some("darwin-x64"),
        (_, true, _, true) => Some("darwin-arm64"),
        _ => None,
    }
}

/// Of each major version the newest that was published for the platform; 14 for one of them only.
const PACKAGES: [Package; 17] = [
    Package {
        platform: "linux-x64",
        version: "14.23.0-beta.17",
        sha512: "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
    },
    Package {
        platform: "linux-x64",
        version: "15.18.0-beta.17",
        sha512: "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
    },
    Package {
        platform: "linux-x64",
        version: "16.14.0-beta.17",
        sha512: "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
    },
    Package {
        platform: "linux-x64",
        version: "17.10.0-beta.17",
        sha512: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    },
    Package {
        platform: "linux-x64",
        version: "18.4.0-beta.17",
        sha512: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
    },
    Package {
        platform: "linux-arm64",
        version: "15.18.0-beta.17",
        sha512: "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
    },
    Package {
        platform: "linux-arm64",
        version: "16.14.0-beta.17",
        sha512: "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==",
    },
    Package {
        platform: "linux-arm64",
        version: "17.10.0-beta.17",
        sha512: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
    },
    Package {
        platform: "linux-arm64",
        version: "18.4.0-beta.17",
        sha512: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
    },
    Package {
        platform: "darwin-x64",
        version: "15.18.0-beta.17",
        sha512: "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==",
    },
    Package {
        platform: "darwin-x64",
        version: "16.14.0-beta.17",
        sha512: "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==",
    },
    Package {
        platform: "darwin-x64",
        version: "17.10.0-beta.17",
        sha512: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
    },
    Package {
        platform: "darwin-x64",
        version: "18.4.0-beta.17",
        sha512: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
    },
    Package {
        platform: "darwin-arm64",
        version: "15.18.0-beta.17",
        sha512: "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==",
    },
    Package {
        platform: "darwin-arm64",
        version: "16.14.0-beta.17",
        sha512: "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==",
    },
    Package {
        platform: "darwin-arm64",
        version: "17.10.0-beta.17",
        sha512: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
    },
    Package {
        platform: "darwin-arm64",
        version: "18.4.0-beta.17",
        sha512: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_major_version_is_fetched_and_else_the_nearest() {
        let major = |wanted| Package::choose(wanted).unwrap().major();
        for wanted in 15..=18 {
            assert_eq!(major(Some(wanted)), Some(wanted));
        }
        assert_eq!(major(None), Some(18));
        assert_eq!(major(Some(20)), Some(18));
    }

    #[test]
    fn every_digest_has_the_length_of_one() {
        assert!(PACKAGES.iter().all(|it| it.sha512.len() == 88 && it.major().is_some()));
    }
}
