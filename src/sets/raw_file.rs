//! Files before anything is known of them.

use super::{FileFault, FileFaultKind};

/// A file before anything is known of it.
pub(super) struct RawFile {
    /// Its bare name.
    pub name: String,
    /// Its name in messages.
    pub label: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The text, unless there is a fault: bytes that are none, or nothing but white space.
pub(super) fn decode(file: &RawFile, faults: &mut Vec<FileFault>) -> Option<String> {
    let kind = match std::str::from_utf8(&file.bytes) {
        Err(error) => FileFaultKind::NotUtf8 { offset: error.valid_up_to() },
        Ok(text) if text.trim_start_matches('\u{feff}').trim().is_empty() => FileFaultKind::Empty,
        Ok(text) => return Some(text.to_owned()),
    };
    faults.push(FileFault { file: file.label.clone(), kind });
    None
}
