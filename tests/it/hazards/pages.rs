//! `docs/hazards` says what the program knows. `TURNBACK_WRITE_DOCS=1 cargo test --test it --
//! hazards::pages` writes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use turnback::report::{hazard_index, hazard_page};
use turnback::sql::CATALOGUE;

#[test]
fn every_hazard_has_its_page_and_no_page_is_left_over() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hazards");
    let pages = CATALOGUE.into_iter().map(|rule| (format!("{}.md", rule.id), hazard_page(rule)));
    let pages: BTreeMap<_, _> = pages.chain([("README.md".to_owned(), hazard_index())]).collect();
    if std::env::var_os("TURNBACK_WRITE_DOCS").is_some() {
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("the documentation is ours");
        for (name, page) in &pages {
            fs::write(directory.join(name), page).expect("the documentation is ours");
        }
    }
    let mut written = BTreeMap::new();
    for entry in fs::read_dir(&directory).expect("the documentation is there") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("it is text");
        written.insert(name, text.replace("\r\n", "\n"));
    }
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&written), names(&pages), "see the head of this file");
    for (name, page) in &pages {
        assert_eq!(&written[name], page, "docs/hazards/{name}: see the head of this file");
    }
}
