//! libpq's keyword form: `host=db user='some one' password=it\'s`.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// Why a text is not in keyword form. Says nothing of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ConninfoError {
    /// A word without `=` behind it; `None` where it may be part of a password.
    NoEquals(Option<String>),
    /// The value of this keyword begins with a quote that never ends.
    OpenQuote(String),
}

impl fmt::Display for ConninfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEquals(Some(word)) => write!(f, "after \"{word}\" an = is missing"),
            Self::NoEquals(None) => f.write_str(
                "after the password comes something without an =; a password with spaces is \
                 written in single quotes",
            ),
            Self::OpenQuote(name) => write!(f, "the quote in the value of \"{name}\" never ends"),
        }
    }
}

/// The pairs of a text in keyword form.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, ConninfoError> {
    let mut rest = text.chars().peekable();
    let mut pairs: Vec<(String, String)> = Vec::new();
    loop {
        skip_space(&mut rest);
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let mut name = String::new();
        while let Some(next) = rest.next_if(|next| *next != '=' && !next.is_ascii_whitespace()) {
            name.push(next);
        }
        skip_space(&mut rest);
        if rest.next_if_eq(&'=').is_none() {
            let after_password = pairs.last().is_some_and(|(last, _)| last.ends_with("password"));
            return Err(ConninfoError::NoEquals((!after_password).then_some(name)));
        }
        skip_space(&mut rest);
        let value = if rest.next_if_eq(&'\'').is_some() {
            quoted(&mut rest).ok_or_else(|| ConninfoError::OpenQuote(name.clone()))?
        } else {
            bare(&mut rest)
        };
        pairs.push((name, value));
    }
}

fn skip_space(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(char::is_ascii_whitespace).is_some() {}
}

fn bare(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(next) = rest.next_if(|next| !next.is_ascii_whitespace()) {
        match next {
            '\\' => value.extend(rest.next()),
            _ => value.push(next),
        }
    }
    value
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut value = String::new();
    loop {
        match rest.next()? {
            '\'' => return Some(value),
            '\\' => value.extend(rest.next()),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ConninfoError, parse};

    fn expect(text: &str, pairs: &[(&str, &str)]) {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(parse(text), Ok(pairs), "{text}");
    }

    #[test]
    fn pairs_are_separated_by_space_in_any_place() {
        expect("host=db port=1", &[("host", "db"), ("port", "1")]);
        expect("  host = db\n port\t=1 ", &[("host", "db"), ("port", "1")]);
        expect("", &[]);
    }

    #[test]
    fn quotes_and_backslashes_keep_what_they_guard() {
        expect(r"user='some one' dbname=a\ b", &[("user", "some one"), ("dbname", "a b")]);
        expect(r"password='it\'s \\ x'", &[("password", r"it's \ x")]);
        expect("host='' user=a", &[("host", ""), ("user", "a")]);
        expect("options='-c a=b'", &[("options", "-c a=b")]);
    }

    #[test]
    fn what_is_malformed_is_named() {
        assert_eq!(parse("host"), Err(ConninfoError::NoEquals(Some("host".to_owned()))));
        assert_eq!(parse("host='db"), Err(ConninfoError::OpenQuote("host".to_owned())));
    }

    #[test]
    fn the_rest_of_a_password_is_not_named() {
        assert_eq!(parse("password=se cret host=db"), Err(ConninfoError::NoEquals(None)));
    }
}
