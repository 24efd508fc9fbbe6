//! What each role may do, in one place.

use crate::review::actor::Role;

/// Something a person may be allowed to do through the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Ask for what needs no sign-in: the sign-in page and the static files.
    Nothing,
    /// Be signed in, whatever the role.
    BeSignedIn,
    /// Look at patients, orders, results and reports.
    ReadOrders,
    /// Register patients and orders, by form or file.
    RegisterOrders,
    /// Look at the bench.
    ReadBench,
    /// Review technically, hold, ask for a repeat, comment.
    ReviewTechnically,
    /// Look at what waits for the biologist.
    ReadReview,
    /// Review biologically and sign.
    ReviewBiologically,
    /// Look at what no rule could settle.
    ReadQuarantine,
    /// Settle it.
    ResolveQuarantine,
    /// Look at control results.
    ReadControls,
    /// Look at the appliances.
    ReadFleet,
    /// Watch lines, and have ports recognised.
    OperateFleet,
    /// Invite appliances, withdraw their certificates, restart them, have them send again.
    ManageFleet,
    /// Read the audit trail.
    ReadAudit,
    /// Read the settings and the accounts.
    ReadSettings,
    /// Change the laboratory's identity and the accounts.
    ManageSettings,
}

impl Permission {
    /// Every permission, for tests that walk the matrix.
    pub const ALL: [Self; 17] = [
        Self::Nothing,
        Self::BeSignedIn,
        Self::ReadOrders,
        Self::RegisterOrders,
        Self::ReadBench,
        Self::ReviewTechnically,
        Self::ReadReview,
        Self::ReviewBiologically,
        Self::ReadQuarantine,
        Self::ResolveQuarantine,
        Self::ReadControls,
        Self::ReadFleet,
        Self::OperateFleet,
        Self::ManageFleet,
        Self::ReadAudit,
        Self::ReadSettings,
        Self::ManageSettings,
    ];

    /// Whether this role holds the permission. This is the whole matrix.
    pub const fn held_by(self, role: Role) -> bool {
        use Role::{Administrator, Auditor, Biologist, Engineer, Secretary, Technician};
        match self {
            Self::Nothing | Self::BeSignedIn => true,
            Self::ReadOrders => matches!(role, Technician | Biologist | Secretary | Auditor),
            Self::RegisterOrders => role.may_register(),
            Self::ReadBench => matches!(role, Technician | Biologist | Auditor),
            Self::ReviewTechnically => role.may_review_technically(),
            Self::ReadReview => matches!(role, Biologist | Auditor),
            Self::ReviewBiologically => matches!(role, Biologist),
            Self::ReadQuarantine => matches!(role, Technician | Biologist | Engineer | Auditor),
            Self::ResolveQuarantine => matches!(role, Technician | Biologist),
            Self::ReadControls => matches!(role, Technician | Biologist | Engineer | Auditor),
            Self::ReadFleet => matches!(
                role,
                Technician | Biologist | Engineer | Administrator | Auditor
            ),
            Self::OperateFleet => matches!(role, Technician | Engineer),
            Self::ManageFleet => matches!(role, Engineer | Administrator),
            Self::ReadAudit => matches!(role, Biologist | Administrator | Auditor),
            Self::ReadSettings => matches!(role, Administrator | Auditor),
            Self::ManageSettings => matches!(role, Administrator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_changes_nothing() {
        use Permission::{
            ManageFleet, ManageSettings, OperateFleet, RegisterOrders, ResolveQuarantine,
            ReviewBiologically, ReviewTechnically,
        };
        for change in [
            ManageFleet,
            ManageSettings,
            OperateFleet,
            RegisterOrders,
            ResolveQuarantine,
            ReviewBiologically,
            ReviewTechnically,
        ] {
            assert!(!change.held_by(Role::Auditor), "{change:?}");
        }
    }

    #[test]
    fn only_a_biologist_signs_and_machines_people_see_no_patient() {
        for role in Role::ALL {
            assert_eq!(
                Permission::ReviewBiologically.held_by(role),
                role == Role::Biologist
            );
        }
        for role in [Role::Engineer, Role::Administrator] {
            assert!(!Permission::ReadOrders.held_by(role), "{role}");
        }
    }
}
