//! Statements that run in one piece, although they were meant to run in batches: what they would
//! overwrite could not be written down batch by batch. SQLite tells beforehand what that is.

use super::fault::Refusal;
use super::ground::{Grounds, look};
use super::start::Work;
use crate::database::{DatabaseError, Session, Touch};
use crate::model::{Engine, Target};

/// Why a statement runs in one piece, if it does. `saves` is whether what it overwrites is to come
/// back.
pub(in crate::engine) fn reason_for_one_piece(
    session: &mut dyn Session,
    target: &Target,
    work: Work<'_>,
    saves: bool,
) -> Result<Option<String>, DatabaseError> {
    if session.capabilities().engine != Engine::Sqlite {
        return Ok(None);
    }
    let grounds = match look(session, target, work.parts, &work.parts.order)? {
        Ok(grounds) => grounds,
        Err(Refusal::NoKey) => return Ok(Some("nothing tells its rows apart".to_owned())),
        Err(_) => return Ok(None),
    };
    let named = |name: &String| work.parts.columns.iter().any(|it| it.eq_ignore_ascii_case(name));
    let is_number = |name: &String| {
        let number = ["rowid", "_rowid_", "oid"];
        let free =
            |it: &&str| grounds.root.columns.iter().all(|own| !own.name.eq_ignore_ascii_case(it));
        grounds.is_by_number()
            && number.iter().filter(|it| free(it)).any(|it| name.eq_ignore_ascii_case(it))
    };
    let moves = grounds.key.iter().chain(number_column(&grounds)).find(|it| named(it));
    if let Some(column) = moves.or_else(|| work.parts.columns.iter().find(|it| is_number(it))) {
        return Ok(Some(format!("it changes {column}, which its batches go by")));
    }
    if !saves {
        return Ok(None);
    }
    let overwrites = work.parts.deletes || !work.columns(Engine::Sqlite).is_empty();
    if overwrites && grounds.root.keys.iter().all(|key| key.iter().any(named)) {
        return Ok(Some("no key that it leaves as it is tells its rows apart".to_owned()));
    }
    let span = work.parsed.statements[work.index].span.clone();
    let touches = session.touches(&work.text[span])?;
    let own = |it: &&Touch| {
        let of_table = it.table.eq_ignore_ascii_case(&grounds.root.table);
        match &it.column {
            None => of_table && work.parts.deletes,
            Some(column) => of_table && named(column),
        }
    };
    Ok(touches.iter().find(|it| !own(it)).map(what_else))
}

/// The column that is the row's number under another name.
fn number_column(grounds: &Grounds) -> Option<&String> {
    let [name] = grounds.root.keys.first()?.as_slice() else { return None };
    let column = grounds.root.columns.iter().find(|it| it.name == *name)?;
    let is_integer = column.type_name.eq_ignore_ascii_case("INTEGER");
    (grounds.is_by_number() && is_integer).then_some(name)
}

fn what_else(touch: &Touch) -> String {
    match &touch.column {
        Some(column) => {
            format!("a trigger or foreign key changes {}.{column} with it", touch.table)
        }
        None => format!("rows of {} may go with it", touch.table),
    }
}

/// The remark that says so.
pub(in crate::engine) fn one_piece(table: &str, why: &str) -> String {
    format!("{table}: runs in one piece, not in batches: {why}")
}
