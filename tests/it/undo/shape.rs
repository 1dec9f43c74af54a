//! Tables as the generators see them: enough to write a table, its rows and the way back to it.

use fastrand::Rng;

/// A type of column, with what can stand in it.
pub struct Kind {
    pub sql: &'static str,
    /// Expressions, each a value. NULL is not among them.
    pub values: &'static [&'static str],
    /// Expressions that lose something of the column `@`.
    pub blurred: &'static [&'static str],
    pub retype: Option<Retype>,
}

/// A change of type that loses something of the column `@`.
pub struct Retype {
    pub to: &'static str,
    pub using: &'static str,
    /// What the rollback makes of what is left.
    pub back: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Identifies rows; migrations leave it alone.
    Key,
    Data,
    /// Something else hangs on it, so that it keeps its place and its type.
    Pinned,
    /// The database computes it.
    Computed,
}

#[derive(Clone)]
pub struct Column {
    /// Quoted where that is needed, as all names here.
    pub name: String,
    pub kind: &'static Kind,
    /// What stands behind the type.
    pub constraint: String,
    pub is_nullable: bool,
    pub role: Role,
}

impl Column {
    pub fn definition(&self) -> String {
        let Self { name, kind, constraint, .. } = self;
        format!("{name} {} {constraint}", kind.sql).trim_end().to_owned()
    }

    /// An expression for one value.
    pub fn value(&self, random: &mut Rng) -> &'static str {
        if self.is_nullable && random.u8(..5) == 0 { "NULL" } else { self.constant(random) }
    }

    pub fn constant(&self, random: &mut Rng) -> &'static str {
        self.kind.values[random.usize(..self.kind.values.len())]
    }

    /// An expression that overwrites values so that distinct ones may become the same.
    pub fn overwritten(&self, random: &mut Rng) -> String {
        let blurred = self.kind.blurred;
        match random.u8(..4) {
            0 if self.is_nullable => "NULL".to_owned(),
            1 | 2 if !blurred.is_empty() => {
                let blurred = blurred[random.usize(..blurred.len())].replace('@', &self.name);
                let otherwise = self.constant(random);
                if self.is_nullable { blurred } else { format!("coalesce({blurred}, {otherwise})") }
            }
            _ => self.constant(random).to_owned(),
        }
    }
}

#[derive(Clone)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    pub constraints: Vec<String>,
    /// `CREATE TABLE`, or something longer.
    pub create: &'static str,
    /// What stands behind the closing parenthesis.
    pub suffix: String,
    /// Statements that belong to the table: partitions, triggers, indexes.
    pub after: Vec<String>,
    /// Values of all columns but the computed ones.
    pub rows: Vec<Vec<String>>,
    /// Stands between the columns and the rows of an INSERT.
    pub overriding: &'static str,
    /// Another table has a foreign key to it.
    pub is_referenced: bool,
}

impl Table {
    pub fn created(&self) -> String {
        let after: String = self.after.iter().flat_map(|it| [it, ";\n"]).collect();
        format!("{};\n{after}", self.created_as(&self.name, |_| true))
    }

    /// `CREATE TABLE` under another name and with the columns of a choice.
    pub fn created_as(&self, name: &str, is_chosen: impl Fn(&Column) -> bool) -> String {
        let columns = self.columns.iter().filter(|it| is_chosen(it)).map(Column::definition);
        let parts: Vec<_> = columns.chain(self.constraints.iter().cloned()).collect();
        let Self { create, suffix, .. } = self;
        format!("{create} {name} (\n  {}\n){suffix}", parts.join(",\n  "))
    }

    pub fn filled(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let columns: Vec<_> = self.written().map(|it| &*it.name).collect();
        let rows: Vec<_> = self.rows.iter().map(|row| format!("({})", row.join(", "))).collect();
        let Self { name, overriding, .. } = self;
        let rows = rows.join(",\n");
        format!("INSERT INTO {name} ({}) {overriding} VALUES\n{rows};\n", columns.join(", "))
    }

    /// The columns that an INSERT names.
    pub fn written(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|it| it.role != Role::Computed)
    }

    /// The columns that may go.
    pub fn free(&self) -> Vec<&Column> {
        self.columns.iter().filter(|it| it.role == Role::Data).collect()
    }

    /// The columns that may be overwritten.
    pub fn changeable(&self) -> Vec<&Column> {
        let changeable = |it: &&Column| [Role::Data, Role::Pinned].contains(&it.role);
        self.columns.iter().filter(changeable).collect()
    }
}

/// What the generators for the two engines have in common: one table's name and choices.
pub struct Namer<'a> {
    pub random: &'a mut Rng,
    pub number: usize,
}

/// Names that need quoting for every reason there is; `#` is a number.
const TABLES: &[&str] = &[
    "t#",
    "plain_#",
    "\"Upper#\"",
    "\"with space #\"",
    "\"order#\"",
    "\"Übergröße ☃ #\"",
    "\"it's #\"",
    "\"say \"\"hi\"\" #\"",
    "\"a.b#\"",
    "\"100%s #\"",
    "\"$1 #\"",
    "\"-- no comment #\"",
    "\"semi;colon #\"",
    "\"back\\slash#\"",
    "\"t_backup_#\"",
];
const COLUMNS: &[&str] = &[
    "c#",
    "\"select\"",
    "\"Mixed#\"",
    "\"a b #\"",
    "\"größe#\"",
    "\"it's\"",
    "\"q\"\"uote\"",
    "\"user\"",
    "\"x.y#\"",
    "\"%I#\"",
    "\"$1\"",
    "\"new\"",
    "\"old\"",
    "\"--#\"",
    "\"{#}\"",
    "value#",
    "\"excluded\"",
    "\"t\"",
    "\"b\"",
];

impl Namer<'_> {
    pub fn table(&mut self) -> String {
        self.pick(TABLES).replace('#', &self.number.to_string())
    }

    /// A name that none of the columns has.
    pub fn column(&mut self, taken: &[Column]) -> String {
        loop {
            let name = self.pick(COLUMNS).replace('#', &self.random.u8(..100).to_string());
            if taken.iter().all(|it| !it.name.eq_ignore_ascii_case(&name)) {
                return name;
            }
        }
    }

    pub fn pick<T: ?Sized>(&mut self, choices: &[&'static T]) -> &'static T {
        choices[self.random.usize(..choices.len())]
    }

    /// Mostly a few rows, sometimes none, sometimes more than fit on a page.
    pub fn row_count(&mut self) -> usize {
        match self.random.u8(..12) {
            0 => 0,
            1 => self.random.usize(300..900),
            _ => self.random.usize(3..30),
        }
    }

    /// Rows of the columns; `key` writes the values of key columns, by the row's number.
    pub fn rows(
        &mut self,
        columns: &[Column],
        key: impl Fn(usize, &Column) -> String,
    ) -> Vec<Vec<String>> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let has_key = columns.iter().any(|it| it.role == Role::Key);
        for number in 1..=self.row_count() {
            // Without a key nothing stands against a row that is there twice.
            if !has_key && !rows.is_empty() && self.random.u8(..4) == 0 {
                rows.push(rows[self.random.usize(..rows.len())].clone());
                continue;
            }
            let written = columns.iter().filter(|it| it.role != Role::Computed);
            let value = |it: &Column| match it.role {
                Role::Key => key(number, it),
                _ => it.value(self.random).to_owned(),
            };
            rows.push(written.map(value).collect());
        }
        rows
    }
}

/// A name made longer: `"a b"` and `_p1` are `"a b_p1"`.
pub fn extended(name: &str, suffix: &str) -> String {
    match name.strip_suffix('"') {
        Some(open) => format!("{open}{suffix}\""),
        None => format!("{name}{suffix}"),
    }
}
