//! Connection URLs: `postgres://user:password@host:port,host:port/database?name=value`.

use percent_encoding::percent_decode_str;

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Says to the user what to write instead.
const ENCODE: &str = "a special character in the user or password must be percent-encoded";

/// Whether this is a `PostgreSQL` URL, well-formed or not.
pub(super) fn has_scheme(text: &str) -> bool {
    without_scheme(text).is_some()
}

fn without_scheme(text: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// The URL's parts as libpq keywords. The error never repeats a part that may be a password.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let rest = without_scheme(text).unwrap_or(text);
    let mut pairs = Vec::new();

    // libpq ends the user part at the first @ before a slash; a question mark may stand in it.
    let user_end = rest.find(['@', '/']).filter(|&end| rest.as_bytes()[end] == b'@');
    let location = match user_end {
        Some(end) => {
            user_and_password(&rest[..end], &mut pairs)?;
            &rest[end + 1..]
        }
        None => rest,
    };

    let (before_query, query) = match location.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (location, None),
    };
    let (hosts, database) = match before_query.split_once('/') {
        Some((hosts, database)) => (hosts, Some(database)),
        None => (before_query, None),
    };
    // With an @ left over, what was taken for a host may be the end of a password.
    if before_query.contains('@') {
        return Err(ENCODE.to_owned());
    }

    hosts_and_ports(hosts, &mut pairs)?;
    if let Some(database) = database.filter(|name| !name.is_empty()) {
        pairs.push(("dbname".to_owned(), decode(database, "the database name")?));
    }
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        parameters(query, &mut pairs)?;
    }
    Ok(pairs)
}

fn user_and_password(text: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    if !user.is_empty() {
        pairs.push(("user".to_owned(), decode(user, "the user")?));
    }
    if let Some(password) = password {
        pairs.push(("password".to_owned(), decode(password, "the password")?));
    }
    Ok(())
}

fn hosts_and_ports(text: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (host, port) = host_and_port(part)?;
        hosts.push(decode(host, "the host")?);
        ports.push(decode(port, "the port")?);
    }
    for (name, values) in [("host", hosts), ("port", ports)] {
        if values.iter().any(|value| !value.is_empty()) {
            pairs.push((name.to_owned(), values.join(",")));
        }
    }
    Ok(())
}

fn host_and_port(text: &str) -> Result<(&str, &str), String> {
    let Some(bracketed) = text.strip_prefix('[') else {
        return Ok(text.split_once(':').unwrap_or((text, "")));
    };
    let (host, after) = bracketed
        .split_once(']')
        .ok_or_else(|| "the IPv6 address in brackets has no closing bracket".to_owned())?;
    if host.is_empty() {
        return Err("the brackets hold no IPv6 address".to_owned());
    }
    match after.strip_prefix(':') {
        Some(port) => Ok((host, port)),
        None if after.is_empty() => Ok((host, "")),
        None => {
            Err("after the IPv6 address in brackets comes neither a port nor a path".to_owned())
        }
    }
}

fn parameters(query: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    let mut after_password = false;
    for parameter in query.split('&') {
        let Some((name, value)) = parameter.split_once('=') else {
            return Err(if after_password {
                "a & in the password must be written as %26".to_owned()
            } else {
                format!("the parameter \"{parameter}\" has no value: write name=value")
            });
        };
        let name = decode(name, "a parameter's name")?;
        after_password = name.ends_with("password");
        if value.contains('=') {
            return Err(format!("the value of \"{name}\" has an = in it: write it as %3D"));
        }
        let value = decode(value, &format!("the parameter \"{name}\""))?;
        // JDBC's spelling, which libpq takes too.
        pairs.push(match (name.as_str(), value.as_str()) {
            ("ssl", "true") => ("sslmode".to_owned(), "require".to_owned()),
            _ => (name, value),
        });
    }
    Ok(())
}

fn decode(text: &str, part: &str) -> Result<String, String> {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('%') {
        let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
        if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(format!("in {part}, a % is not followed by two hexadecimal digits"));
        }
        if digits == b"00" {
            return Err(format!("{part} has a NUL character (%00) in it"));
        }
    }
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Into::into).map_err(|_| format!("{part} is not UTF-8 when decoded"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn parsed(url: &str) -> Result<String, String> {
        let pairs = parse(url)?;
        Ok(pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" "))
    }

    fn expect(url: &str, pairs: &str) {
        assert_eq!(parsed(url).as_deref(), Ok(pairs), "{url}");
    }

    #[test]
    fn every_part_may_be_missing() {
        expect("postgres://", "");
        expect("postgresql:///shop", "dbname=shop");
        expect("postgres://db", "host=db");
        expect("postgres://:5433", "port=5433");
        expect("postgres://app@", "user=app");
        expect("postgres://db/?user=app", "host=db user=app");
        expect("postgres://db?user=app", "host=db user=app");
    }

    #[test]
    fn all_parts_are_read_and_decoded() {
        expect(
            "postgres://a%40b:p%3As%2Fs@db.example:5433/my%20shop?sslmode=require&options=-c%20a%3Db",
            "user=a@b password=p:s/s host=db.example port=5433 dbname=my shop sslmode=require \
             options=-c a=b",
        );
    }

    #[test]
    fn several_hosts_keep_their_ports() {
        expect("postgres://h1:1,h2,h3:3/d", "host=h1,h2,h3 port=1,,3 dbname=d");
        expect("postgres://h1,h2/d", "host=h1,h2 dbname=d");
    }

    #[test]
    fn a_socket_directory_is_a_host() {
        expect("postgres://%2Frun%2Fpg:5433/d", "host=/run/pg port=5433 dbname=d");
        expect("postgres:///d?host=/run/pg&port=1", "dbname=d host=/run/pg port=1");
    }

    #[test]
    fn ipv6_stands_in_brackets() {
        expect("postgres://[::1]:5433,[fe80::2]/d", "host=::1,fe80::2 port=5433, dbname=d");
        assert!(parsed("postgres://[::1/d").is_err());
        assert!(parsed("postgres://[]/d").is_err());
        assert!(parsed("postgres://[::1]5433/d").is_err());
    }

    #[test]
    fn a_password_may_hold_colons_and_question_marks() {
        expect("postgres://app:a:b?c@db/d", "user=app password=a:b?c host=db dbname=d");
    }

    #[test]
    fn an_unescaped_password_is_refused_without_showing_it() {
        for url in ["postgres://app:s3c@ret@db/d", "postgres://app:s3c/ret@db/d"] {
            let reason = parsed(url).expect_err("ambiguous");
            assert!(reason.contains("percent-encoded"), "{reason}");
            assert!(!reason.contains("s3c") && !reason.contains("ret@"), "{reason}");
        }
    }

    #[test]
    fn malformed_queries_and_escapes_are_named() {
        let cases = [
            ("postgres://db/d?sslmode", "\"sslmode\" has no value"),
            ("postgres://db/d?options=a=b", "%3D"),
            ("postgres://db/%zz", "the database name, a %"),
            ("postgres://db/%4", "hexadecimal"),
            ("postgres://db/%00", "NUL"),
            ("postgres://db/%ff", "UTF-8"),
            ("postgres://db/?password=ab&cd", "%26"),
        ];
        for (url, word) in cases {
            let reason = parsed(url).expect_err("malformed");
            assert!(reason.contains(word), "{url}: {reason}");
        }
    }

    #[test]
    fn jdbc_ssl_is_understood() {
        expect("postgres://db/d?ssl=true", "host=db dbname=d sslmode=require");
    }
}
