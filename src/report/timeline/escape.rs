//! Text from anywhere, made safe to stand in a page, and figures as people read them.

use std::fmt::Write as _;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::format_description;

use crate::report::text;

/// The pieces of a page that several things make, one behind the other.
pub(super) fn joined<T>(
    things: impl IntoIterator<Item = T>,
    html: impl FnMut(T) -> String,
) -> String {
    things.into_iter().map(html).collect::<Vec<_>>().concat()
}

/// A text as HTML shows it, in an element or in a quoted attribute. What would turn the order of
/// characters around, or show nothing, is shown by its number.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(c),
            '\r' => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                // Writing into a text cannot fail.
                let _ = write!(html, "[U+{:04X}]", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(html, "[U+{:04X}]", u32::from(c));
            }
            c => html.push(c),
        }
    }
    html
}

/// A name or a message that may be written from right to left, without effect on what is around it.
pub(super) fn isolated(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(text))
}

/// A piece of code within a line.
pub(super) fn code(text: &str) -> String {
    format!("<code><bdi>{}</bdi></code>", escaped(text))
}

/// `40 µs`, `0.4 ms`, `12 ms`, `1.23 s`, `4 min 5 s`.
pub(super) fn took(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1_000.0;
    if milliseconds < 0.095 {
        format!("{} µs", duration.as_micros())
    } else if milliseconds < 9.95 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 999.5 {
        format!("{milliseconds:.0} ms")
    } else if duration.as_secs_f64() < 59.995 {
        format!("{:.2} s", duration.as_secs_f64())
    } else {
        text::duration(duration)
    }
}

/// `15:04:05.123`.
pub(super) fn clock(at: OffsetDateTime) -> String {
    let format = format_description!("[hour]:[minute]:[second].[subsecond digits:3]");
    at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_else(|_| at.to_string())
}

/// `1 row`, `1,234 rows`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", text::grouped(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        assert_eq!(
            escaped("</script><b x=\"1\" y='2'>&amp;"),
            "&lt;/script&gt;&lt;b x=&quot;1&quot; y=&#39;2&#39;&gt;&amp;amp;"
        );
        assert_eq!(escaped("a\u{202e}b\0\u{7}\r\n"), "a[U+202E]b[U+0000][U+0007]\n");
        assert_eq!(escaped("שלום 日本"), "שלום 日本");
    }

    #[test]
    fn durations_have_three_digits() {
        let shown = [40, 400, 9_960, 12_400, 999_600, 1_234_000, 59_999_000, 245_000_000]
            .map(|it| took(Duration::from_micros(it)));
        assert_eq!(
            shown,
            ["40 µs", "0.4 ms", "10 ms", "12 ms", "1.00 s", "1.23 s", "1 min 0 s", "4 min 5 s"]
                .map(str::to_owned)
        );
    }
}
