//! Connection strings without their passwords, for any output.

use percent_encoding::percent_decode_str;

use super::conninfo;

const HIDDEN: &str = "***";

/// The connection string with every password replaced by `***`. Works on any text, well-formed
/// or not, and hides too much rather than too little.
pub fn redact(url: &str) -> String {
    if let Some((scheme, rest)) = url.split_once("://") {
        return format!("{scheme}://{}", redact_location(rest));
    }
    if url.contains('=') && url.contains("password") {
        return redact_keywords(url);
    }
    // A URL that lost its scheme: user:password@host.
    match url.split_once('@') {
        Some((user, _)) if user.contains(':') => redact_location(url),
        _ => url.to_owned(),
    }
}

/// What follows the scheme.
fn redact_location(rest: &str) -> String {
    let (location, query) = split_query(rest);
    // An unescaped @ or / may stand in a password, so the last @ ends it.
    let shown = match location.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{HIDDEN}@{host}"),
            None => format!("{user}@{host}"),
        },
        None => location.to_owned(),
    };
    match query {
        Some(query) => format!("{shown}?{}", redact_query(query)),
        None => shown,
    }
}

/// Splits at the question mark that begins the parameters; one inside a password does not.
fn split_query(rest: &str) -> (&str, Option<&str>) {
    let mut candidates = rest.match_indices('?');
    let found = candidates.find(|(at, _)| {
        let query = &rest[at + 1..];
        let name = query.split('=').next().unwrap_or_default();
        super::keywords::keyword(name).is_some() || !query.contains('@')
    });
    found.map_or((rest, None), |(at, _)| (&rest[..at], Some(&rest[at + 1..])))
}

fn redact_query(query: &str) -> String {
    let mut after_password = false;
    let shown = query.split('&').filter_map(|parameter| {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        let is_password = is_password(&percent_decode_str(name).decode_utf8_lossy());
        let is_known = super::keywords::keyword(name).is_some();
        // What follows a password without being a keyword may be the rest of it.
        if after_password && !is_known && !is_password {
            return None;
        }
        after_password = is_password;
        Some(if is_password { format!("{name}={HIDDEN}") } else { parameter.to_owned() })
    });
    shown.collect::<Vec<_>>().join("&")
}

fn redact_keywords(text: &str) -> String {
    let Ok(pairs) = conninfo::parse(text) else {
        let before = text.split("password").next().unwrap_or_default();
        return format!("{before}password={HIDDEN}");
    };
    let mut after_password = false;
    let shown = pairs.iter().filter_map(|(name, value)| {
        let is_password = is_password(name);
        if after_password && !is_password && super::keywords::keyword(name).is_none() {
            return None;
        }
        after_password = is_password;
        Some(if is_password {
            format!("{name}={HIDDEN}")
        } else if value.is_empty() || value.contains(|c: char| c.is_whitespace() || c == '\'') {
            format!("{name}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
        } else {
            format!("{name}={value}")
        })
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "pwd", "secret", "token"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn a_password_in_a_url_is_hidden() {
        let cases = [
            ("postgres://app:pw@db:5432/d", "postgres://app:***@db:5432/d"),
            ("postgres://app@db/d", "postgres://app@db/d"),
            ("postgres://db/d?user=a&password=pw", "postgres://db/d?user=a&password=***"),
            ("postgres://db/d?p%61ssword=pw", "postgres://db/d?p%61ssword=***"),
            ("postgres://app:pw@db/d?user=a@b", "postgres://app:***@db/d?user=a@b"),
            ("mysql://root:pw@db/d", "mysql://root:***@db/d"),
            ("app:pw@db/d", "app:***@db/d"),
        ];
        for (url, shown) in cases {
            assert_eq!(redact(url), shown, "{url}");
        }
    }

    #[test]
    fn an_unescaped_password_is_hidden_whole() {
        for password in ["p@w", "p/w", "p?w", "p:w", "p?a@w", "a=b?p@w", "p#w", "/@/w", "w?x=1@y"] {
            let shown = redact(&format!("postgres://app:{password}@db/d"));
            assert_eq!(shown, "postgres://app:***@db/d", "{password}");
        }
    }

    #[test]
    fn the_rest_of_a_cut_password_is_hidden() {
        let shown = redact("postgres://db/d?password=pw&rest=x&user=a");
        assert_eq!(shown, "postgres://db/d?password=***&user=a");
        assert_eq!(redact("password=se cret=1 host=db"), "password=*** host=db");
    }

    #[test]
    fn keywords_are_hidden_too() {
        assert_eq!(redact("host=db password='p w' user=a"), "host=db password=*** user=a");
        assert_eq!(redact("host=db password='p w"), "host=db password=***");
        assert_eq!(redact("user='a b' password=x"), "user='a b' password=***");
    }

    #[test]
    fn what_has_no_password_stays() {
        for text in ["sqlite:app.db", "app.db", "sqlite://dir/app.db?mode=ro", "host=db user=a"] {
            assert_eq!(redact(text), text);
        }
    }
}
