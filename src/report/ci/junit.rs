//! `JUnit`'s XML, as Jenkins and GitLab read it: one suite, one case for each thing looked at.
//!
//! It is written by hand: the document has five elements, and all there is to get wrong is
//! [`escaped`].

use super::CiRun;
use crate::report::Finding;

/// The whole document.
pub fn junit(run: &CiRun<'_>) -> String {
    let mut cases = String::new();
    for sound in &run.findings.sound {
        let inside = sound
            .skipped
            .as_ref()
            .map(|why| format!("      <skipped{}/>\n", attributes(&[("message", why)])));
        cases += &case(&[("classname", sound.rule), ("name", &sound.name)], inside.as_deref());
    }
    for finding in &run.findings.found {
        cases += &of_finding(finding);
    }
    if let Some(problem) = run.failure {
        let error =
            element("error", "failure", &problem.message, Some(&CiRun::failure_detail(problem)));
        cases += &case(&[("classname", "run"), ("name", "the run comes to its end")], Some(&error));
    }
    let name = format!("turnback {}", run.command);
    let counts = counts(run);
    let all = attributes(&[("name", &name)]) + &counts;
    let suite = suite_name(run, &name);
    let suite = attributes(&[("name", &suite)]) + &counts;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites{all}>\n  <testsuite{suite}>\n\
         {cases}  </testsuite>\n</testsuites>\n"
    )
}

fn suite_name(run: &CiRun<'_>, name: &str) -> String {
    let subject = [&run.subject.set, &run.subject.database];
    let subject: Vec<&str> = subject.into_iter().flatten().map(String::as_str).collect();
    if subject.is_empty() { name.to_owned() } else { format!("{name}: {}", subject.join(" on ")) }
}

fn counts(run: &CiRun<'_>) -> String {
    let errors = usize::from(run.failure.is_some());
    let found = &run.findings.found;
    let failures = found.iter().filter(|it| it.fails()).count();
    let skipped = run.findings.sound.iter().filter(|it| it.skipped.is_some()).count();
    let tests = run.findings.sound.len() + found.len() + errors;
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

/// `JUnit` knows no warnings: what fails nothing is a case that passed and said something.
fn of_finding(finding: &Finding) -> String {
    let name = finding.object.as_deref().unwrap_or(&finding.message);
    let line = finding.place.as_ref().and_then(|place| place.at).map(|at| at.line.to_string());
    let mut all = vec![("classname", finding.rule), ("name", name)];
    all.extend(finding.place.as_ref().map(|place| ("file", &*place.file)));
    all.extend(line.as_deref().map(|line| ("line", line)));
    let detail = finding.detail.as_deref();
    let inside = if finding.fails() {
        element("failure", finding.rule, &finding.message, detail)
    } else {
        let accepted = finding.accepted.as_ref().map(|reason| format!("accepted: {reason}"));
        let said = [Some(finding.message.as_str()), accepted.as_deref(), detail];
        let said = said.into_iter().flatten();
        let said: Vec<String> = said.map(escaped).collect();
        format!("      <system-out>{}</system-out>\n", said.join("\n"))
    };
    case(&all, Some(&inside))
}

fn case(all: &[(&str, &str)], inside: Option<&str>) -> String {
    let all = attributes(all);
    match inside {
        Some(inside) => format!("    <testcase{all}>\n{inside}    </testcase>\n"),
        None => format!("    <testcase{all}/>\n"),
    }
}

fn element(tag: &str, kind: &str, message: &str, detail: Option<&str>) -> String {
    let all = attributes(&[("type", kind), ("message", message)]);
    match detail {
        Some(detail) => format!("      <{tag}{all}>{}</{tag}>\n", escaped(detail)),
        None => format!("      <{tag}{all}/>\n"),
    }
}

fn attributes(all: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in all {
        text += &format!(" {name}=\"{}\"", attribute(value));
    }
    text
}

/// In an attribute a reader makes spaces of tabs and line ends, unless they are references.
fn attribute(value: &str) -> String {
    escaped(value).replace('\t', "&#9;").replace('\n', "&#10;")
}

/// XML has no way to write most control characters, not even as references: they are shown by
/// their pictures. (<https://www.w3.org/TR/xml/#charsets>)
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\r' => safe.push_str("&#13;"),
            '\t' | '\n' => safe.push(c),
            '\0'..' ' => safe.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{fffe}' | '\u{ffff}' => safe.push(char::REPLACEMENT_CHARACTER),
            _ => safe.push(c),
        }
    }
    safe
}
