use super::prelude::*;

pub static ALLOW_WITHOUT_REASON: HazardRule = HazardRule {
    id: "allow-without-reason",
    engine: None,
    level: HazardLevel::Error,
    title: "the hazard is accepted without a reason",
    trigger: "`-- turnback:allow <hazard>` with nothing behind the name",
    lock: None,
    cost: Cost::Unknown,
    why: "Whoever reads the script later cannot tell whether the reason still holds.",
    acquittal: None,
    instead: "Write the reason behind two hyphens: `-- turnback:allow ban-drop-column -- unused \
              since May`.",
    example: None,
    find: Find::Elsewhere,
};
