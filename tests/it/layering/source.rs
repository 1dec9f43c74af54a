//! The program's own source, read far enough to know who imports whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// One file of `src/`.
pub struct Source {
    /// Relative to `src/`, with forward slashes.
    pub file: String,
    /// Its module, from the crate's root.
    pub module: Vec<String>,
    /// The text as it stands.
    pub text: String,
    /// Words and signs of the code: no comments, no strings.
    pub tokens: Vec<String>,
}

/// All of `src/`, by module.
pub struct Sources {
    files: BTreeMap<Vec<String>, Source>,
    /// What each module passes on from elsewhere: name and where it comes from.
    passed_on: BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>,
}

impl Sources {
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut paths = Vec::new();
        walk(&root, &mut paths);
        let files = paths.iter().map(|path| {
            let file = path.strip_prefix(&root).expect("it was found there").display().to_string();
            let text = fs::read_to_string(path).expect("source is UTF-8");
            let mut module: Vec<String> =
                file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            module.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
            // The binary is no part of the library; its module must not shadow the root.
            if file == "main.rs" {
                module.push("main".to_owned());
            }
            let tokens = tokens(&text);
            (module.clone(), Source { file, module, text, tokens })
        });
        let mut sources = Self { files: files.collect(), passed_on: BTreeMap::new() };
        for source in sources.files.values() {
            let names = sources.imports(source).into_iter().filter(|import| import.is_public);
            let names = names.map(|import| (import.name, import.path)).collect();
            sources.passed_on.insert(source.module.clone(), names);
        }
        sources
    }

    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.values()
    }

    /// The files that a file's code names things of, itself left out. What a module only passes
    /// on counts as the file's where it is defined; tests within a file do not count.
    pub fn named_by(&self, source: &Source) -> BTreeSet<&str> {
        let imports = self.imports(source);
        let mut paths: Vec<Vec<String>> = Vec::new();
        let mut known: BTreeMap<&str, &Vec<String>> = BTreeMap::new();
        for import in &imports {
            known.insert(&import.name, &import.path);
            if !import.is_public {
                paths.push(import.path.clone());
            }
        }
        for path in inline_paths(&source.tokens) {
            let first = path[0].as_str();
            if let Some(absolute) = self.absolute(source, &path) {
                paths.push(absolute);
            } else if let Some(start) = known.get(first) {
                paths.push(start.iter().chain(&path[1..]).cloned().collect());
            }
        }
        let files = paths.iter().filter_map(|path| self.file_of(path, 0));
        files.filter(|file| *file != source.file).collect()
    }

    /// A path from the crate's root, if it leads into this crate.
    fn absolute(&self, source: &Source, path: &[String]) -> Option<Vec<String>> {
        let mut base = source.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                base.pop();
            }
            "turnback" if source.file == "main.rs" => base.clear(),
            child => {
                base.push(child.to_owned());
                if !self.files.contains_key(&base) {
                    return None;
                }
            }
        }
        rest = &rest[1..];
        while let Some("super") = rest.first().map(String::as_str) {
            base.pop();
            rest = &rest[1..];
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file in which what a path names is defined.
    fn file_of(&self, path: &[String], depth: usize) -> Option<&str> {
        assert!(depth < 20, "{path:?} is passed on in a circle");
        let length =
            (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]));
        let (module, rest) = path.split_at(length?);
        let elsewhere = rest.first().and_then(|name| self.passed_on.get(module)?.get(name));
        match elsewhere {
            Some(start) => {
                let path: Vec<_> = start.iter().chain(&rest[1..]).cloned().collect();
                self.file_of(&path, depth + 1)
            }
            None => Some(&self.files[module].file),
        }
    }

    fn imports(&self, source: &Source) -> Vec<Import> {
        let mut imports = Vec::new();
        let tokens = &source.tokens;
        for (at, _) in tokens.iter().enumerate().filter(|(_, token)| *token == "use") {
            let is_public = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
            let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(0);
            let mut found = Vec::new();
            tree(&tokens[at + 1..end], &mut 0, &[], &mut found);
            imports.extend(found.into_iter().filter_map(|(path, name)| {
                let path = self.absolute(source, &path)?;
                Some(Import { name, path, is_public })
            }));
        }
        imports
    }
}

struct Import {
    name: String,
    path: Vec<String>,
    is_public: bool,
}

/// The paths of a `use`, each with the name it has from there on.
fn tree(
    tokens: &[String],
    at: &mut usize,
    base: &[String],
    found: &mut Vec<(Vec<String>, String)>,
) {
    let mut path = base.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    tree(tokens, at, &path, found);
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token == ","));
                }
                *at += 1;
                return;
            }
            "as" => {
                let name = tokens.get(*at).cloned().unwrap_or_default();
                *at += 1;
                found.push((path, name));
                return;
            }
            "self" if !path.is_empty() => {}
            "*" => {
                found.push((path, "*".to_owned()));
                return;
            }
            "," | "}" => {
                *at -= 1;
                break;
            }
            word => path.push(word.to_owned()),
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push((path, name));
}

/// `a::b::c` anywhere in the code but in `use` lines.
fn inline_paths(tokens: &[String]) -> Vec<Vec<String>> {
    let is_word = |token: &String| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at += tokens[at..].iter().position(|token| token == ";").unwrap_or(0);
        }
        // `pub(in crate::sql)` says who may see, not who is seen.
        let behind = at.checked_sub(1).map(|before| tokens[before].as_str());
        let begins = is_word(&tokens[at]) && !matches!(behind, Some("::" | "in"));
        let mut path = Vec::new();
        if begins {
            path.push(tokens[at].clone());
            while tokens.get(at + 1).is_some_and(|token| token == "::")
                && tokens.get(at + 2).is_some_and(is_word)
            {
                at += 2;
                path.push(tokens[at].clone());
            }
        }
        if path.len() > 1 {
            paths.push(path);
        }
        at += 1;
    }
    paths
}

/// Words and signs of the code up to the file's own tests; comments and literals are left out.
fn tokens(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = raw_string(rest) {
            length
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' && is_character(rest) {
            quoted(rest, '\'')
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn raw_string(text: &str) -> Option<usize> {
    let body = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = body.bytes().take_while(|byte| *byte == b'#').count();
    body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len() + hashes + 1;
    Some(start + text[start..].find(&end)? + end.len())
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// Whether a quote begins a character rather than a lifetime.
fn is_character(text: &str) -> bool {
    text.starts_with("'\\") || text.chars().nth(2) == Some('\'')
}

fn walk(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("it is a directory") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            paths.push(path);
        }
    }
}

#[test]
fn code_is_told_from_comments_and_literals() {
    let text = "use crate::a::{self, b::C as D}; // crate::no\nlet x: &'a u8 = b'\\'', \"crate::s\";\n\
                call(r#\"crate::\"r\"#, 'c', super::e::f());";
    let words = tokens(text);
    assert!(!words.iter().any(|word| ["no", "s", "r", "c"].contains(&word.as_str())), "{words:?}");
    let mut found = Vec::new();
    let end = words.iter().position(|word| word == ";").unwrap();
    tree(&words[1..end], &mut 0, &[], &mut found);
    let found: Vec<_> =
        found.iter().map(|(path, name)| format!("{}={name}", path.join("."))).collect();
    assert_eq!(found, ["crate.a=a", "crate.a.b.C=D"]);
    assert!(inline_paths(&words).contains(&["super", "e", "f"].map(str::to_owned).to_vec()));
}
