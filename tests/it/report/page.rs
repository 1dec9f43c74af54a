//! Nothing of what scripts, servers and others say becomes markup.

use crate::support::{Cluster, Project};

use super::reported;

const ODD: &str = "</script><img src=x onerror=\"alert('1')\"> & שלום \u{202e}gpj";

#[test]
fn odd_names_texts_and_errors_stay_text() {
    let database = Cluster::shared().database();
    let (name, text) = (ODD.replace('"', "\"\""), ODD.replace('\'', "''"));
    database.psql(&format!("CREATE TABLE \"{name}\" (a int); INSERT INTO \"{name}\" VALUES (1)"));
    let project = Project::for_database(&database);
    let up = format!(
        "COMMENT ON TABLE \"{name}\" IS '{text}';\nALTER TABLE \"{name}\" ADD COLUMN b int;\n\
         DO $$BEGIN RAISE WARNING '%', '{text}'; END$$;\nSELECT '{text}'::int;\n"
    );
    project.migration(1, "odd", &up, "SELECT 1;");
    let reported = reported(&project, &["migrate"]);
    let json = &reported.json;
    assert_eq!(json["error"]["sqlstate"], "22P02", "{}", reported.run);
    let message = json["error"]["message"].as_str().expect("it is a text");
    assert!(message.contains(ODD), "{message}");
    let said = json["steps"][0]["messages"].to_string();
    assert!(said.contains("onerror"), "{said}");
    // The page says it too, and cannot be turned around by it.
    assert!(reported.html.contains("&lt;/script&gt;&lt;img src=x onerror=&quot;alert"));
    assert!(reported.html.contains("שלום [U+202E]gpj"));
    assert!(!reported.html.contains('\u{202e}') && !reported.html.contains("<img"));
}

#[test]
fn a_password_in_a_script_is_in_no_report() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let role = format!("role_{}", database.name());
    let up = format!("CREATE ROLE {role} PASSWORD 'open sesame';");
    project.migration(1, "role", &up, "SELECT 1;");
    let reported = reported(&project, &["migrate"]);
    reported.run.clone().expect_code(0);
    assert_eq!(reported.json["steps"][0]["statements"][0]["sql"], serde_json::Value::Null);
    for text in [&reported.html, &reported.json.to_string()] {
        assert!(text.contains(&format!("CREATE ROLE {role}")) && !text.contains("sesame"));
    }
    // Nor is it where the statement fails.
    project.migration(2, "again", &up, "SELECT 1;");
    let failed = super::reported(&project, &["migrate"]);
    assert_eq!(failed.json["error"]["sqlstate"], "42710", "{}", failed.run);
    for text in [&failed.html, &failed.json.to_string()] {
        assert!(text.contains("already exists") && !text.contains("sesame"));
    }
    database.psql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_long_script_has_all_its_statements_below_and_the_longest_in_the_line() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let tables: Vec<_> = (0..300).map(|it| format!("CREATE TABLE t{it} (a int);\n")).collect();
    let up = tables.concat() + "SELECT pg_sleep(0.3);";
    project.migration(1, "many", &up, "SELECT 1;");
    let reported = reported(&project, &["migrate"]);
    reported.run.clone().expect_code(0);
    assert_eq!(reported.json["steps"][0]["statements"].as_array().map(Vec::len), Some(301));
    assert!(reported.html.contains("271 shorter statements are listed below"));
    assert!(reported.html.contains("301. <bdi>SELECT"));
    assert_eq!(reported.html.matches("<details class=\"sql\">").count(), 301);
}
