//! Hazards that are accepted for a run.

use std::collections::BTreeSet;

use super::Environment;
use crate::model::{Problem, ProblemKind};
use crate::sql::{hazard_ids, nearest_hazards};

/// The ids that flags name, and those of `TURNBACK_ALLOW_HAZARD`, where commas part them.
///
/// # Errors
///
/// An id that no hazard has.
pub fn allowed_hazards(
    flags: &[String],
    environment: &Environment,
) -> Result<BTreeSet<String>, Box<Problem>> {
    let of_environment = environment.get("TURNBACK_ALLOW_HAZARD").unwrap_or_default();
    let named = flags.iter().map(String::as_str).chain(of_environment.split(','));
    let ids: BTreeSet<String> =
        named.map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    match ids.iter().find(|id| !hazard_ids().any(|known| known == id.as_str())) {
        Some(unknown) => {
            let message = format!("there is no hazard `{unknown}`");
            let near = nearest_hazards(unknown);
            let hint = format!("the nearest names: {near}");
            Err(Box::new(Problem::new(ProblemKind::Usage, message).hint(hint)))
        }
        None => Ok(ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_named_by_flags_and_by_the_environment() {
        let environment = Environment::of([("TURNBACK_ALLOW_HAZARD", "unparsed, ")], "/");
        let flags = ["adding-field-with-default".to_owned()];
        let ids = allowed_hazards(&flags, &environment).expect("both are known");
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["adding-field-with-default", "unparsed"]);
        let wrong = ["adding-feild-with-default".to_owned()];
        let problem = allowed_hazards(&wrong, &Environment::default()).unwrap_err();
        assert!(problem.hints[0].contains("`adding-field-with-default`"), "{problem:?}");
    }
}
