//! What a step saves, puts back and goes through on its way.

use super::backfill::BackfillDone;
use super::backup::{BackupKeeper, Loss, Restored, Saved};

/// What the steps of a run saved and put back.
#[derive(Debug, Default)]
pub(super) struct KeptData {
    pub saved: Vec<Saved>,
    pub restored: Vec<Restored>,
    pub losses: Vec<Loss>,
    /// The backfills that were run.
    pub backfills: Vec<BackfillDone>,
}

impl KeptData {
    /// Adds what an attempt came to; of one that failed only the losses matter.
    pub fn add(&mut self, keeper: BackupKeeper<'_>, succeeded: bool) {
        self.losses = keeper.losses;
        if succeeded {
            self.saved.extend(keeper.saved);
            self.restored.extend(keeper.restored);
        }
    }
}
