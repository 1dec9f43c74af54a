//! `turnback backup`

use std::time::Duration;

use time::OffsetDateTime;

use super::confirm::{Question, ask, need_terminal};
use super::context::LiveDatabase;
use super::{Context, Failure};
use crate::database::Ending;
use crate::engine::{
    Altered, Choice, Conflicts, Desk, Pruning, Selection, plan_prune, prune, restore,
};
use crate::model::Target;
use crate::report::{
    Document, backup_list_document, prune_document, prune_text, restore_document, restore_text,
};
use crate::settings::parse_duration;
use crate::ui::{ProgressBars, can_ask};

/// List what was saved before steps destroyed it, put it back, or prune it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the backups
    List,
    /// Put back what a backup holds
    Restore(RestoreArgs),
    /// Drop backups that nobody needs any more
    Prune(PruneArgs),
}

#[derive(Debug, clap::Args)]
struct RestoreArgs {
    /// The backup, as `backup list` numbers it
    id: i64,
    /// These columns alone, separated by commas; odd names in double quotes [default: all]
    #[arg(long, value_name = "NAMES", value_parser = Names::parse)]
    columns: Option<Names>,
    /// The saved rows for which a condition over the backup's columns holds
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Put back also where somebody changed a row since; what it holds is saved first
    #[arg(long)]
    overwrite: bool,
    /// Show what would be put back, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask, also on a protected database and without a terminal; go on where the saved rows
    /// themselves were changed
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true)
    .args(["ids", "older_than", "keep"])))]
struct PruneArgs {
    /// These backups, as `backup list` numbers them
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    /// Backups taken longer ago than this: 30d, 12h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    older_than: Option<Duration>,
    /// Backups of each table but the newest so many
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Show what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Drop the backups named by ID also where what they hold may be nowhere else; ask nothing about
    /// others, also on a protected database and without a terminal
    #[arg(long)]
    force: bool,
}

/// A list of names.
#[derive(Debug, Clone)]
struct Names(Vec<String>);

impl Names {
    /// Reads names between commas. In double quotes any character stands for itself, and two double
    /// quotes for one.
    fn parse(text: &str) -> Result<Self, String> {
        let mut names = Vec::new();
        let mut rest = text;
        loop {
            let (name, behind) = if let Some(quoted) = rest.trim_start().strip_prefix('"') {
                Self::quoted(quoted)?
            } else {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            };
            if name.is_empty() {
                return Err("a name is empty".to_owned());
            }
            names.push(name);
            match behind.trim_start().strip_prefix(',') {
                Some(more) => rest = more,
                None if behind.trim().is_empty() => return Ok(Self(names)),
                None => return Err(format!("a comma is missing before `{}`", behind.trim())),
            }
        }
    }

    fn quoted(text: &str) -> Result<(String, &str), String> {
        let mut name = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('"') {
            name += before;
            match behind.strip_prefix('"') {
                Some(more) => {
                    name.push('"');
                    rest = more;
                }
                None => return Ok((name, behind)),
            }
        }
        Err("a double quote is not closed".to_owned())
    }
}

impl Args {
    /// The command's name with that of its action.
    pub const fn name(&self) -> &'static str {
        match self.action {
            Action::List => "backup list",
            Action::Restore(_) => "backup restore",
            Action::Prune(_) => "backup prune",
        }
    }
}

/// Works on what the database has on record; no set is needed.
pub fn run(args: &Args, context: &mut Context) -> Result<Document, Failure> {
    let mut live = context.open_database()?;
    let target = Target {
        set: None,
        schema: live.settings.schema.clone(),
        history_table: Target::history_table_of(None),
        highest_version: None,
    };
    match &args.action {
        Action::List => {
            let backups = live.session.read_backups(&target)?;
            Ok(backup_list_document(&context.subject, &backups, OffsetDateTime::now_utc()))
        }
        Action::Restore(args) => run_restore(args, context, &mut live, &target),
        Action::Prune(args) => run_prune(args, context, &mut live, &target),
    }
}

/// Looks, asks, puts back.
fn run_restore(
    args: &RestoreArgs,
    context: &Context,
    live: &mut LiveDatabase,
    target: &Target,
) -> Result<Document, Failure> {
    let desk = Desk { target, limits: live.limits(), interrupt: &context.interrupt };
    let protected = live.settings.protected;
    let session = live.session.as_mut();
    let choice = Choice {
        columns: args.columns.clone().map(|names| names.0).unwrap_or_default(),
        condition: args.condition.clone(),
        conflicts: if args.overwrite { Conflicts::Overwrite } else { Conflicts::Leave },
        altered: if args.force { Altered::Accept } else { Altered::Refuse },
    };
    let mut bars = ProgressBars::new(context.printer);
    let ahead = restore(session, &mut bars, desk, args.id, &choice, Ending::Undo)?;
    if args.dry_run || ahead.is_empty() {
        return Ok(restore_document(&context.subject, &ahead, args.dry_run));
    }
    let settled = args.force || (context.assume_yes && !protected);
    if !settled {
        need_terminal("a restore", if protected { "--force" } else { "--force or --yes" })?;
        let question = question(protected, &session.facts().database, "Put it back?");
        ask(context, &restore_text(&ahead), &question)?;
    }
    let done = restore(session, &mut bars, desk, args.id, &choice, Ending::Commit);
    bars.finish();
    Ok(restore_document(&context.subject, &done?, false))
}

/// Looks, asks, drops.
fn run_prune(
    args: &PruneArgs,
    context: &Context,
    live: &mut LiveDatabase,
    target: &Target,
) -> Result<Document, Failure> {
    let desk = Desk { target, limits: live.limits(), interrupt: &context.interrupt };
    let protected = live.settings.protected;
    let session = live.session.as_mut();
    let selection = Selection {
        ids: args.ids.clone(),
        older_than: args.older_than,
        keep: args.keep,
        only_copies: args.force,
    };
    let ahead = plan_prune(session, desk, &selection)?;
    if args.dry_run || ahead.pruned.is_empty() {
        return Ok(prune_document(&context.subject, &ahead, args.dry_run));
    }
    if asks(args, context, &ahead, protected) {
        need_terminal("pruning", if protected { "--force" } else { "--force or --yes" })?;
        let question = question(protected, &session.facts().database, "Drop these backups?");
        ask(context, &prune_text(&ahead), &question)?;
    }
    let mut bars = ProgressBars::new(context.printer);
    let done = prune(session, &mut bars, desk, ahead);
    bars.finish();
    Ok(prune_document(&context.subject, &done?, false))
}

/// What is lost for good is asked about also with `--force`, as long as there is somebody to ask.
fn asks(args: &PruneArgs, context: &Context, ahead: &Pruning, protected: bool) -> bool {
    let loses = ahead.pruned.iter().any(|it| it.lost.is_some());
    match (args.force, context.assume_yes) {
        (true, true) => false,
        (true, false) => loses && can_ask(),
        (false, true) => protected,
        (false, false) => true,
    }
}

fn question<'a>(protected: bool, database: &'a str, agree: &'a str) -> Question<'a> {
    if protected { Question::TypeName(database) } else { Question::Agree(agree) }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_read_with_their_quotes() {
        let names = |text| Names::parse(text).map(|names| names.0);
        assert_eq!(names("ip, user_agent"), Ok(vec!["ip".to_owned(), "user_agent".to_owned()]));
        assert_eq!(names(r#""a ""b"", c",d"#), Ok(vec!["a \"b\", c".to_owned(), "d".to_owned()]));
        assert!(names("a,").is_err());
        assert!(names(r#""a"#).is_err());
        assert!(names(r#""a"b"#).is_err());
    }
}
