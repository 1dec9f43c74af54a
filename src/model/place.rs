//! Where in a file something is.

use std::fmt;

use serde::Serialize;

/// A position in a text, counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    pub column: usize,
}

impl LineColumn {
    /// The position of a byte offset; an offset past the end is the end.
    pub fn of(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset.min(text.len()))];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for LineColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The byte offset of the `n`th character, counted from 0: how servers count and Rust does not.
pub fn char_offset_to_byte(text: &str, n: usize) -> usize {
    text.char_indices().nth(n).map_or(text.len(), |(offset, _)| offset)
}

/// A place in a file together with the line itself, ready to be shown with a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file's name as the user knows it.
    pub file: String,
    /// Where in the file, if the place is known more closely than the file.
    pub at: Option<LineColumn>,
    /// The text of that line, without its line end.
    pub line_text: Option<String>,
}

impl Excerpt {
    /// The whole of a file.
    pub fn of_file(file: impl Into<String>) -> Self {
        Self { file: file.into(), at: None, line_text: None }
    }

    /// The line of `text` in which byte `offset` lies.
    pub fn of_offset(file: impl Into<String>, text: &str, offset: usize) -> Self {
        let at = LineColumn::of(text, offset);
        let line_text = text.lines().nth(at.line - 1).unwrap_or_default().to_owned();
        Self { file: file.into(), at: Some(at), line_text: Some(line_text) }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.at {
            Some(at) => write!(f, ":{at}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "select 'é';\nselect 2";
        assert_eq!(
            LineColumn::of(text, text.find(';').unwrap()),
            LineColumn { line: 1, column: 11 }
        );
        assert_eq!(LineColumn::of(text, 999), LineColumn { line: 2, column: 9 });
        assert_eq!(char_offset_to_byte(text, 9), text.find('\'').unwrap() + 3);
    }
}
