//! The statement of a batch: the author's own, for some of the rows.

use crate::engine::backup::Journal;
use crate::model::Engine;
use crate::sql::{Backfill, quote_identifier};

/// The settings in which a batch hands on from one statement to the next: the addresses of its
/// rows, the first transaction that had not begun, and those that were going on.
const ROWS: &str = "turnback.rows";
const NEXT: &str = "turnback.next";
const GOING: &str = "turnback.going";

/// A table whose rows lie in it: a table, or a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    /// Its number in the record.
    pub number: usize,
    /// Its name, qualified and quoted.
    pub name: String,
    /// Whether the statement names it, rather than a table above it.
    pub is_named: bool,
    /// How many blocks it had when the backfill began.
    pub blocks: u64,
    /// The types of the key that orders its rows, where they are ordered by one.
    pub key_types: Vec<String>,
}

/// Composes statements out of the parts of the author's.
#[derive(Debug, Clone)]
pub(super) struct Composer {
    engine: Engine,
    /// `WITH …` and a line end, or nothing.
    with: String,
    verb: &'static str,
    /// `SET …`, or nothing.
    set: String,
    /// The other tables, without the word before them.
    others: Option<String>,
    /// The condition in parentheses.
    condition: String,
    /// What the statement calls its table, quoted.
    pub alias: String,
    /// Whether the author calls it so.
    is_aliased: bool,
    /// What finds a row while nobody changes it.
    pub address: String,
    /// What the rows are ordered by; nothing where it is where they lie.
    pub key: Vec<String>,
}

/// One value, or several as a row.
pub(super) fn row(values: &[String]) -> String {
    match values {
        [value] => value.clone(),
        values => format!("({})", values.join(", ")),
    }
}

/// The SQL, in SQLite, that gives a value as it is written in SQL. What `quote` gives of a text ends
/// with a zero in it, and need not be UTF-8. A cast would have the affinity of its type, and with it
/// change what a value is compared with, but for the plus before it.
pub(super) fn literal_of(value: &str) -> String {
    format!(
        "CASE typeof({value}) WHEN 'text' \
         THEN '+CAST(x''' || hex(CAST({value} AS BLOB)) || ''' AS TEXT)' ELSE quote({value}) END"
    )
}

impl Composer {
    /// From a statement's parts, which are places in `text`.
    pub fn new(engine: Engine, text: &str, parts: &Backfill, key: &[String]) -> Self {
        let cut = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or_default();
        let name = parts.alias.as_ref().unwrap_or(&parts.table.name);
        let alias = quote_identifier(name);
        let key: Vec<String> =
            key.iter().map(|it| format!("{alias}.{}", quote_identifier(it))).collect();
        // A comment at the end of a part ends with its line.
        Self {
            engine,
            with: parts.with.as_ref().map(|it| format!("{}\n", cut(it))).unwrap_or_default(),
            verb: if parts.deletes { "DELETE FROM" } else { "UPDATE" },
            set: parts
                .assignments
                .as_ref()
                .map(|it| format!("SET {}\n", cut(it)))
                .unwrap_or_default(),
            others: parts.others.as_ref().map(|it| cut(it).to_owned()),
            condition: match &parts.condition {
                Some(condition) => format!("({}\n)", cut(condition)),
                None => "1 = 1".to_owned(),
            },
            address: match engine {
                Engine::Postgres => format!("{alias}.ctid"),
                Engine::Sqlite => row(&key),
            },
            alias,
            is_aliased: parts.alias.is_some(),
            key,
        }
    }

    /// The relation as the statement names it.
    pub fn target(&self, relation: &Relation) -> String {
        let only = if self.engine == Engine::Postgres { "ONLY " } else { "" };
        if relation.is_named && !self.is_aliased {
            // The author may speak of it with its schema.
            return format!("{only}{}", relation.name);
        }
        format!("{only}{} AS {}", relation.name, self.alias)
    }

    /// The author's statement for the rows of a relation that `which` holds for.
    pub fn statement(&self, relation: &Relation, which: &str, returning: &str) -> String {
        let others = match &self.others {
            Some(others) if self.set.is_empty() => format!("USING {others}\n"),
            Some(others) => format!("FROM {others}\n"),
            None => String::new(),
        };
        let returning =
            if returning.is_empty() { String::new() } else { format!(" RETURNING {returning}") };
        format!(
            "{}{} {} {}{others}WHERE {} AND {which}{returning}",
            self.with,
            self.verb,
            self.target(relation),
            self.set,
            self.condition
        )
    }

    /// The rows of heap blocks, the second one not among them.
    pub fn blocks(&self, from: u64, to: u64) -> String {
        let address = &self.address;
        format!("{address} >= '({from},0)'::tid AND {address} < '({to},0)'::tid")
    }

    /// Selects from the rows that match the author's condition, and `which`.
    pub fn select(&self, list: &str, relation: &Relation, which: &str) -> String {
        let target = self.target(relation);
        let from = match (&self.others, self.engine) {
            (None, _) => target,
            (Some(others), Engine::Postgres) => format!("{target}, {others}\n"),
            // A comma binds like a join there, and an UPDATE takes the others for one table.
            (Some(others), Engine::Sqlite) => format!("{others}\n, {target}"),
        };
        format!("{}SELECT {list} FROM {from} WHERE {} AND {which}", self.with, self.condition)
    }

    /// The statements of a batch that writes down what it changes, in PostgreSQL. All but the last
    /// find the rows and enter their values; the last but one tells how many, the last one how many
    /// it changed: just these rows, as long as nobody has changed them meanwhile. Once locked,
    /// nobody can.
    pub fn journalled(
        &self,
        relation: &Relation,
        which: &str,
        journal: &Journal,
        locked: bool,
    ) -> Vec<String> {
        let address = &self.address;
        let hit = self.select(&format!("{address} AS at"), relation, which);
        let tell = |name: &str, value: &str| format!("set_config('{name}', {value}, true)");
        let rows = tell(ROWS, "coalesce(array_agg(at), '{}')::text");
        let note = |from: &str| {
            format!("INSERT INTO {} SELECT {} FROM {from}", journal.before, journal.before_list)
        };
        let chosen = format!("ANY ((SELECT current_setting('{ROWS}'))::tid[])");
        let mut statements = Vec::new();
        if locked {
            statements.push(format!(
                "WITH hit AS MATERIALIZED ({hit} FOR NO KEY UPDATE OF {}) \
                 SELECT {rows} FROM (SELECT DISTINCT at FROM hit) AS found",
                self.alias
            ));
            statements.push(format!(
                "WITH noted AS ({} RETURNING 1) SELECT count(*) FROM noted",
                note(&format!("ONLY {} AS t WHERE t.ctid = {chosen}", relation.name))
            ));
        } else {
            let going = "(SELECT coalesce(array_agg((it::text::numeric % 4294967296)::text), '{}') \
                         FROM pg_snapshot_xip(pg_current_snapshot()) AS it)::text";
            let next =
                "(pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296)::text";
            let source = format!("found JOIN ONLY {} AS t ON t.ctid = found.at", relation.name);
            statements.push(format!(
                "WITH hit AS MATERIALIZED ({hit}), \
                 found AS MATERIALIZED (SELECT DISTINCT at FROM hit), noted AS ({}) \
                 SELECT count(*), {rows}, {}, {} FROM found",
                note(&source),
                tell(NEXT, next),
                tell(GOING, going)
            ));
        }
        let mut which = format!("{address} = {chosen}");
        if !locked {
            // A new version of a row lies elsewhere: said again, in words by which nobody looks for
            // rows, it is asked of a version that was waited for as well. And what lies where one
            // lay was made by a transaction that was going on or had not begun.
            let alias = &self.alias;
            which += &format!(
                " AND (SELECT jsonb_object(r, r) \
                 FROM (SELECT current_setting('{ROWS}')::text[] AS r) AS s) ? {address}::text \
                 AND age({alias}.xmin) > age((SELECT current_setting('{NEXT}'))::xid) \
                 AND {alias}.xmin::text <> ALL ((SELECT current_setting('{GOING}'))::text[])"
            );
        }
        statements.push(format!(
            "WITH changed AS ({}), noted AS (INSERT INTO {} SELECT * FROM changed) \
             SELECT count(*) FROM changed",
            self.statement(relation, &which, &journal.behind_list(&self.alias)),
            journal.behind
        ));
        statements
    }

    /// Asks for the row, in the order of the key, behind which the next batch begins: none where
    /// fewer rows are left. It comes as it is written in SQL.
    pub fn bound(&self, relation: &Relation, within: &str, size: u64) -> String {
        format!(
            "SELECT {} FROM {} WHERE {within} ORDER BY {} LIMIT 1 OFFSET {}",
            self.key_literal(relation),
            self.target(relation),
            self.key.join(", "),
            size.saturating_sub(1)
        )
    }

    /// The key of a row as it is written in SQL.
    pub fn key_literal(&self, relation: &Relation) -> String {
        let parts: Vec<String> = match self.engine {
            Engine::Postgres => {
                let typed = self.key.iter().zip(&relation.key_types);
                typed.map(|(it, name)| format!("quote_literal({it}) || '::{name}'")).collect()
            }
            Engine::Sqlite => self.key.iter().map(|it| literal_of(it)).collect(),
        };
        match parts.as_slice() {
            [one] => one.clone(),
            _ => format!("'(' || {} || ')'", parts.join(" || ', ' || ")),
        }
    }

    /// Asks for the addresses of rows that match, as they are written in SQL: of no more than so
    /// many, where there is a limit.
    pub fn addresses(&self, relation: &Relation, which: &str, limit: Option<usize>) -> String {
        let list = match self.engine {
            Engine::Postgres => format!("quote_literal({}::text) || '::tid'", self.address),
            Engine::Sqlite => self.key_literal(relation),
        };
        let rows = self.select(&format!("{list} AS turnback_at"), relation, which);
        let limit = limit.map(|it| format!(" LIMIT {it}")).unwrap_or_default();
        if self.others.is_none() {
            return format!("{rows}{limit}");
        }
        // A row may be found more than once. To tell before the limit would take all of them.
        format!("SELECT DISTINCT turnback_at FROM ({rows}{limit}) AS turnback_rows")
    }

    /// Asks for the addresses of a few rows that match and, as far as that can be told, nobody holds.
    pub fn free_addresses(&self, relation: &Relation, most: usize) -> String {
        if self.engine == Engine::Sqlite || self.set.is_empty() {
            // Who may delete rows may not always lock them.
            return self.addresses(relation, "1 = 1", Some(most));
        }
        let address = format!("quote_literal({}::text) || '::tid'", self.address);
        format!(
            "{} LIMIT {most} FOR NO KEY UPDATE OF {} SKIP LOCKED",
            self.select(&address, relation, "1 = 1"),
            self.alias
        )
    }

    /// The statements around a batch in SQLite, whose only writer it is: what enters the values
    /// before, and what enters those behind, of the rows entered since the row `from`.
    pub fn noted(
        &self,
        relation: &Relation,
        which: &str,
        journal: &Journal,
        from: &str,
    ) -> [String; 2] {
        let key: Vec<String> = self.key.iter().map(|it| it.replacen(&self.alias, "t", 1)).collect();
        let before = format!(
            "INSERT INTO {} SELECT {} FROM {} AS t WHERE {} IN ({})",
            journal.before,
            journal.before_list,
            relation.name,
            row(&key),
            self.select(&self.key.join(", "), relation, which)
        );
        let address = journal.address();
        let source = if self.set.is_empty() {
            format!("{} AS t WHERE t.{address} > {from}", journal.before)
        } else {
            format!(
                "{} AS b CROSS JOIN {} AS t ON {} WHERE b.{address} > {from}",
                journal.before, relation.name, journal.is_row
            )
        };
        let list = journal.behind_list("t");
        [before, format!("INSERT INTO {} SELECT {list} FROM {source}", journal.behind)]
    }
}
