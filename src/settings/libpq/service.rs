//! The connection service file, `pg_service.conf`.

use std::path::{Path, PathBuf};

use super::error::{ConnectionSettingsError, Origin};
use super::values::Values;
use crate::settings::Environment;

/// Where packagers put the system's service file.
const SYSTEM_DIRS: [&str; 3] = ["/etc/postgresql-common", "/etc", "/usr/local/pgsql/etc"];

/// Adds the values of the service that is asked for, if one is.
pub(super) fn add(
    values: &mut Values,
    environment: &Environment,
) -> Result<(), ConnectionSettingsError> {
    let Some(name) = values.text("service").or_else(|| environment.get("PGSERVICE")) else {
        return Ok(());
    };
    let name = name.to_owned();
    let given = values.text("servicefile").or_else(|| environment.get("PGSERVICEFILE"));
    let files = match given {
        Some(file) => vec![environment.working_dir.join(file)],
        None => default_files(environment),
    };
    // A file that is named must exist; the default ones may.
    for file in files.iter().filter(|file| given.is_some() || file.exists()) {
        let text = std::fs::read_to_string(file).map_err(|error| {
            ConnectionSettingsError::ServiceFile { file: file.clone(), reason: error.to_string() }
        })?;
        if let Some(pairs) = section(&text, &name, file)? {
            return values.add_all(pairs, &Origin::Service { name, file: file.clone() });
        }
    }
    Err(ConnectionSettingsError::ServiceNotFound { name, searched: files })
}

fn default_files(environment: &Environment) -> Vec<PathBuf> {
    let personal = if cfg!(windows) {
        environment.get("APPDATA").map(|dir| Path::new(dir).join("postgresql/.pg_service.conf"))
    } else {
        environment.home().map(|home| home.join(".pg_service.conf"))
    };
    let system = match environment.get("PGSYSCONFDIR") {
        Some(dir) => vec![PathBuf::from(dir)],
        None => SYSTEM_DIRS.iter().map(PathBuf::from).collect(),
    };
    personal.into_iter().chain(system.into_iter().map(|dir| dir.join("pg_service.conf"))).collect()
}

/// The pairs of the first section of this name.
fn section(
    text: &str,
    name: &str,
    file: &Path,
) -> Result<Option<Vec<(String, String)>>, ConnectionSettingsError> {
    let mut found: Option<Vec<(String, String)>> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let wrong = |reason: &str| ConnectionSettingsError::ServiceLine {
            file: file.to_owned(),
            line: index + 1,
            reason: reason.to_owned(),
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if heading.strip_suffix(']') == Some(name) {
                found = Some(Vec::new());
            }
            continue;
        }
        let Some(pairs) = &mut found else { continue };
        let (keyword, value) =
            line.split_once('=').ok_or_else(|| wrong("the line is not keyword=value"))?;
        let keyword = keyword.trim_end();
        if keyword == "service" || keyword == "servicefile" {
            return Err(wrong("a service cannot name another service"));
        }
        // libpq takes the first value of a keyword; `Values::add_all` takes the last.
        if !pairs.iter().any(|(name, _)| name == keyword) {
            pairs.push((keyword.to_owned(), value.trim_start().to_owned()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::section;
    use std::path::Path;

    const FILE: &str = "\
# services
[first]
host=one

[ shop ]
host=wrong
[shop]
  host=two
# a comment
port=5433
host=later
options=-c a=b
[shop]
host=three
";

    fn pairs(text: &str, name: &str) -> Result<Option<String>, String> {
        let found = section(text, name, Path::new("f")).map_err(|error| error.to_string())?;
        Ok(found.map(|pairs| {
            pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(";")
        }))
    }

    #[test]
    fn the_first_section_of_the_name_counts() {
        let expected = "host=two;port=5433;options=-c a=b".to_owned();
        assert_eq!(pairs(FILE, "shop"), Ok(Some(expected)));
        assert_eq!(pairs(FILE, "none"), Ok(None));
    }

    #[test]
    fn a_malformed_line_is_named_only_in_the_section_asked_for() {
        let text = "[a]\nnonsense\n[b]\nhost=x\n";
        assert_eq!(pairs(text, "a"), Err("f:2: the line is not keyword=value".to_owned()));
        assert_eq!(pairs(text, "b"), Ok(Some("host=x".to_owned())));
        assert!(pairs("[a]\nservice=b\n", "a").is_err());
    }
}
