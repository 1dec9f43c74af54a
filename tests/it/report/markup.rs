//! What holds of every page: it is well formed, and has nothing but what a page without scripts and
//! without anything from elsewhere needs.

/// The elements a page may have, and the attributes these may have.
const ELEMENTS: [&str; 43] = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "header",
    "section",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "span",
    "strong",
    "em",
    "b",
    "i",
    "bdi",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "svg",
    "polyline",
    "figure",
    "figcaption",
    "br",
    "small",
];
const ATTRIBUTES: [&str; 20] = [
    "lang",
    "charset",
    "name",
    "content",
    "http-equiv",
    "class",
    "id",
    "style",
    "open",
    "dir",
    "role",
    "scope",
    "data-label",
    "aria-label",
    "aria-labelledby",
    "aria-hidden",
    "viewBox",
    "preserveAspectRatio",
    "points",
    "title",
];
const VOID: [&str; 3] = ["meta", "br", "polyline"];

/// Fails unless the page is well formed and self-contained.
#[track_caller]
pub fn check(html: &str) {
    let page = html.strip_prefix("<!DOCTYPE html>\n").expect("it says what it is");
    let (head, style) = page.split_once("<style>").expect("its style is its own");
    let (style, body) = style.split_once("</style>").expect("the style ends");
    for word in ["url(", "@import", "<", "expression"] {
        assert!(!style.contains(word), "the style has {word}");
    }
    let mut open = Vec::new();
    walk(&format!("{head}<style></style>{body}"), &mut open);
    assert!(open.is_empty(), "never closed: {open:?}");
}

fn walk(page: &str, open: &mut Vec<String>) {
    let mut rest = page;
    while let Some((text, behind)) = rest.split_once('<') {
        check_text(text);
        let (tag, after) = behind.split_once('>').unwrap_or_else(|| panic!("<{behind:.40}"));
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "at </{name}>{after:.60}");
        } else {
            let is_closed = tag.ends_with('/');
            let name = check_tag(tag.trim_end_matches('/'));
            if !is_closed && !VOID.contains(&name) {
                open.push(name.to_owned());
            }
        }
        rest = after;
    }
    check_text(rest);
}

/// Between two tags every `&` begins a reference, and no `>` is left.
fn check_text(text: &str) {
    assert!(!text.contains('>'), "{text}");
    for reference in text.split('&').skip(1) {
        let name = reference.split(';').next().unwrap_or_default();
        let known = ["amp", "lt", "gt", "quot", "#39", "middot", "ndash"];
        assert!(known.contains(&name), "&{reference:.20}");
    }
}

/// Returns the element's name.
fn check_tag(tag: &str) -> &str {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(ELEMENTS.contains(&name), "<{tag}>");
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let (attribute, behind) = match rest.split_once("=\"") {
            Some((attribute, behind)) if !attribute.contains(' ') => (attribute, behind),
            // One without a value.
            _ => {
                let (attribute, behind) = rest.split_once(' ').unwrap_or((rest, ""));
                assert!(ATTRIBUTES.contains(&attribute), "<{tag}>");
                rest = behind;
                continue;
            }
        };
        let (value, behind) = behind.split_once('"').unwrap_or_else(|| panic!("<{tag}>"));
        assert!(ATTRIBUTES.contains(&attribute), "<{tag}>");
        if attribute == "style" {
            let of_a_bar = |c: char| c.is_ascii_digit() || "left:width.%;".contains(c);
            assert!(value.chars().all(of_a_bar), "<{tag}>");
        }
        check_text(value);
        rest = behind;
    }
    name
}
