//! Histories: heads that people compare, what a hub does that no honest hub does, and the root's word on which branch holds.

use super::expect_role;
use crate::{App, AppError};
use cabinet_domain::{FormAct, SessionAct};
use cabinet_ledger::{SpaceId, role};
use cabinet_seal::Identity;
use cabinet_vault::{Alarm, Laptop, Store, VaultError, VoidReason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;
use zeroize::Zeroizing;

/// How far a space is known here. Two laptops that show another mark at the same place were shown two histories.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HeadView {
    /// The space.
    pub space: String,
    /// A form's or session's title; none for the register and for a desk.
    pub title: Option<String>,
    /// Whether it is the register.
    pub is_register: bool,
    /// The last place.
    pub seq: u32,
    /// Entries whose device signed another before that is not here: dropped, refused, or still on its way.
    pub gaps: u32,
    /// What people read to each other.
    pub mark: String,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// The hub signed two histories; the space waits for the root.
    Forked,
    /// An own act counts for nothing.
    Void,
    /// The hub's times contradict each other.
    TimeFell,
    /// What is kept here was damaged and made anew.
    Damaged,
}

/// Why an own act counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VoidBecause {
    /// The hub stamped it, or its number, twice.
    Twice,
    /// It stands in a history that does not hold.
    OtherBranch,
    /// The laptop might not do it then.
    NotAdmitted,
    /// Register or space refuse it.
    Refused,
}

impl From<VoidReason> for VoidBecause {
    fn from(reason: VoidReason) -> Self {
        match reason {
            VoidReason::Twice => VoidBecause::Twice,
            VoidReason::OtherBranch => VoidBecause::OtherBranch,
            VoidReason::NotAdmitted => VoidBecause::NotAdmitted,
            VoidReason::Refused => VoidBecause::Refused,
        }
    }
}

/// An alarm.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AlarmView {
    /// What it is about.
    pub kind: AlarmKind,
    /// The space.
    pub space: String,
    /// Its title, as of [`HeadView`].
    pub title: Option<String>,
    /// The place, 0 where an act has none; of a damaged vault how many own acts were lost.
    pub seq: u32,
    /// Why an act counts for nothing.
    pub reason: Option<VoidBecause>,
}

/// Which space's alarms were seen.
#[derive(Deserialize, TS)]
pub struct SeenAlarmRequest {
    /// The space.
    pub space: String,
}

/// What naming a branch needs.
#[derive(Deserialize, TS)]
pub struct NameBranchRequest {
    /// The forked space.
    pub space: String,
    /// The printed recovery key. It stays good.
    #[ts(type = "string")]
    pub recovery_key: Zeroizing<String>,
}

/// How far each space is known here, the register first.
pub fn heads(app: &App) -> Result<Vec<HeadView>, AppError> {
    app.with_laptop(|laptop, _| {
        let (register, titles) = (laptop.me()?.register, titles(laptop));
        let is_listed = |space: &SpaceId| *space == register || titles.contains_key(space);
        let view = |(space, head): (SpaceId, cabinet_ledger::Head)| {
            Ok(HeadView {
                space: space.to_string(),
                title: titles.get(&space).cloned(),
                is_register: space == register,
                seq: head.seq as u32,
                gaps: laptop.gaps(space)? as u32,
                mark: mark(&head.hash.0),
            })
        };
        let listed = laptop.chain_heads().filter(|(space, _)| is_listed(space));
        let mut heads = listed.map(view).collect::<Result<Vec<_>, AppError>>()?;
        heads.sort_by_key(|head| !head.is_register);
        Ok(heads)
    })
}

/// What is to be told of this laptop's histories.
pub(super) fn alarms<S: Store>(laptop: &Laptop<S>) -> Result<Vec<AlarmView>, AppError> {
    let titles = titles(laptop);
    let view = |alarm: Alarm| {
        let space = alarm.space();
        let (kind, seq, reason) = match alarm {
            Alarm::Forked { seq, .. } => (AlarmKind::Forked, seq, None),
            Alarm::Void { reason, .. } => (AlarmKind::Void, 0, Some(reason.into())),
            Alarm::TimeFell { seq, .. } => (AlarmKind::TimeFell, seq, None),
            Alarm::Damaged { acts, .. } => (AlarmKind::Damaged, acts.into(), None),
        };
        AlarmView { kind, space: space.to_string(), title: titles.get(&space).cloned(), seq: seq as u32, reason }
    };
    Ok(laptop.alarms()?.into_iter().map(view).collect())
}

/// The person has seen them. A fork stays until the root has named its branch.
pub fn dismiss_alarms(app: &App, request: SeenAlarmRequest) -> Result<(), AppError> {
    let space = space_id(&request.space)?;
    app.with_laptop(|laptop, _| Ok(laptop.dismiss_alarms(space)?))
}

/// Says with the recovery key that the history this laptop holds is the one that counts.
pub fn name_branch(app: &App, request: NameBranchRequest) -> Result<(), AppError> {
    let space = space_id(&request.space)?;
    let key = Identity::parse(&request.recovery_key).map_err(|_| AppError::BadKey)?;
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, role::OFFICER)?;
        laptop.name_branch(space, &key, now_ms).map_err(|error| match error {
            VaultError::Seal(_) => AppError::BadKey,
            other => other.into(),
        })
    })
}

fn space_id(text: &str) -> Result<SpaceId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("space".into()))
}

fn titles<S: Store>(laptop: &Laptop<S>) -> BTreeMap<SpaceId, String> {
    let forms = laptop.briefs::<FormAct>().map(|(space, brief)| (space, brief.title.clone()));
    let sessions = laptop.briefs::<SessionAct>().map(|(space, brief)| (space, brief.title.clone()));
    forms.chain(sessions).collect()
}

/// The first eight bytes of a hash, in groups that can be read aloud.
fn mark(hash: &[u8; 32]) -> String {
    let groups = hash[..8].chunks(2).map(|pair| pair.iter().map(|b| format!("{b:02x}")).collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}
