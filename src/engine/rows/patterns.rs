//! Texts in the shape of a pattern: of a regular expression, of LIKE, of GLOB. Whoever uses them
//! asks the database whether they fit, so what is not understood here only makes a text that does
//! not.

/// The `variant`th text that a regular expression may match.
pub(super) fn like_regex(pattern: &str, variant: usize) -> String {
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0, variant };
    reader.alternatives()
}

/// The `variant`th text for LIKE or GLOB.
pub(super) fn like_wildcards(pattern: &str, variant: usize) -> String {
    let letter = nth(LETTERS, variant);
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' | '*' => text.extend([letter, letter, letter]),
            '_' | '?' => text.push(letter),
            '[' => {
                let class: String = chars.by_ref().take_while(|c| *c != ']').collect();
                text.push(member(&class, variant));
            }
            '\\' => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    text
}

const LETTERS: &str = "abcdefgh";
const DIGITS: &str = "12345678";

fn nth(of: &str, variant: usize) -> char {
    of.chars().nth(variant % of.chars().count().max(1)).unwrap_or('a')
}

/// A character of a class such as `0-9a-f_` or `^@ `.
fn member(class: &str, variant: usize) -> char {
    if let Some(not) = class.strip_prefix('^') {
        let allowed: Vec<char> =
            [LETTERS, DIGITS].concat().chars().filter(|c| !not.contains(*c)).collect();
        return allowed.get(variant % allowed.len().max(1)).copied().unwrap_or('_');
    }
    let named = class
        .replace("[:alnum:]", "a-h")
        .replace("[:alpha:]", "a-h")
        .replace("[:digit:]", "0-9")
        .replace("[:xdigit:]", "0-9a-f")
        .replace("[:lower:]", "a-h")
        .replace("[:upper:]", "A-H")
        .replace("\\d", "0-9")
        .replace("\\w", "a-h");
    let chars: Vec<char> = named.chars().collect();
    let mut members = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if let (Some('-'), Some(last)) = (chars.get(at + 1), chars.get(at + 2)) {
            members.extend((chars[at]..=*last).take(16));
            at += 3;
        } else {
            members.push(chars[at]);
            at += 1;
        }
    }
    members.get(variant % members.len().max(1)).copied().unwrap_or('a')
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    variant: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    /// Up to the end or a closing parenthesis; one of the alternatives.
    fn alternatives(&mut self) -> String {
        let mut all = vec![String::new()];
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                '|' => {
                    self.next();
                    all.push(String::new());
                }
                _ => {
                    let piece = self.piece();
                    all.last_mut().expect("it starts with one").push_str(&piece);
                }
            }
        }
        all.swap_remove(self.variant % all.len())
    }

    /// An atom as often as its quantifier says.
    fn piece(&mut self) -> String {
        let atom = self.atom();
        let times = match self.peek() {
            Some('?' | '+') => 1,
            Some('*') => self.variant % 3,
            Some('{') => {
                let bounds: String =
                    self.rest[self.at..].iter().skip(1).take_while(|c| **c != '}').collect();
                self.at += bounds.chars().count() + 1;
                bounds.split(',').next().and_then(|least| least.parse().ok()).unwrap_or(1)
            }
            _ => return atom,
        };
        self.next();
        // A quantifier may be told not to be greedy.
        if self.peek() == Some('?') {
            self.next();
        }
        atom.repeat(times.min(10_000))
    }

    fn atom(&mut self) -> String {
        let variant = self.variant;
        match self.next() {
            Some('^' | '$') | None => String::new(),
            Some('.') => nth(LETTERS, variant).to_string(),
            Some('(') => {
                if self.peek() == Some('?') {
                    self.at += 2;
                }
                let inside = self.alternatives();
                self.next();
                inside
            }
            Some('[') => {
                let mut class = String::new();
                while let Some(c) = self.next() {
                    if c == ']'
                        && !class.is_empty()
                        && !(class.contains("[:") && !class.ends_with(":]") && class.ends_with(':'))
                    {
                        break;
                    }
                    class.push(c);
                }
                member(&class, variant).to_string()
            }
            Some('\\') => match self.next() {
                Some('d') => nth(DIGITS, variant).to_string(),
                Some('w' | 'S') => nth(LETTERS, variant).to_string(),
                Some('s') => " ".to_owned(),
                Some('A' | 'Z' | 'm' | 'M' | 'y' | 'b') | None => String::new(),
                Some(c) => c.to_string(),
            },
            Some(c) => c.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_shape_of_regular_expressions() {
        let of = |pattern| [0, 1].map(|variant| like_regex(pattern, variant));
        assert_eq!(of("^[0-9a-f]{4}$"), ["0000", "1111"]);
        assert_eq!(of("^[^@\\s]+@[a-z.]+\\.[a-z]{2,}$"), ["a@a.aa", "b@b.bb"]);
        assert_eq!(of("^(GET|POST) /\\w+"), ["GET /a", "POST /b"]);
        assert_eq!(of("^[[:digit:]]{3}-\\d\\d$"), ["000-11", "111-22"]);
        assert_eq!(of("^(?:v?\\d+\\.)*x"), ["x", "v2.x"]);
        assert_eq!(of("^[^a-h1-8]$"), ["b", "c"]);
        assert_eq!(of("[^abcdefgh12345678]"), ["_", "_"]);
        assert_eq!(of("(("), ["", ""]);
    }

    #[test]
    fn texts_have_the_shape_of_wildcards() {
        assert_eq!(like_wildcards("%@_.org", 0), "aaa@a.org");
        assert_eq!(like_wildcards("[0-9]*", 1), "1bbb");
    }
}
