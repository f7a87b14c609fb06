//! Things that are one of a few, as the screen names them. Each mirrors an enum of the domain, variant by variant: one that is added there does not
//! compile until it has a name here.

use crate::AppError;
use cabinet_domain as domain;
use cabinet_domain::{Field, ItemField, ItemId};
use cabinet_ledger::role;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

macro_rules! mirrors {
    ($($(#[$doc:meta])* $name:ident of $domain:ty { $($variant:ident),* $(,)? };)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
            #[serde(rename_all = "snake_case")]
            #[allow(missing_docs, reason = "each is what the domain says of its variant")]
            pub enum $name { $($variant),* }

            impl From<&$domain> for $name {
                fn from(of: &$domain) -> Self {
                    type Of = $domain;
                    match of { $(Of::$variant { .. } => $name::$variant),* }
                }
            }
        )*
    };
}

/// The same where a name says all, with the way back.
macro_rules! twins {
    ($($(#[$doc:meta])* $name:ident of $domain:ty { $($variant:ident),* };)*) => {
        mirrors! { $($(#[$doc])* $name of $domain { $($variant),* };)* }
        $(impl From<$name> for $domain {
            fn from(name: $name) -> Self {
                match name { $($name::$variant => <$domain>::$variant),* }
            }
        })*
    };
}

twins! {
    /// What kind of session.
    SessionKindName of domain::SessionKind { Regular, Thematic, Extraordinary };
    /// What kind of item.
    ItemKindName of domain::ItemKind { Section, Decision, Opinion, Information };
    /// How an item ended in the room.
    ItemOutcomeName of domain::ItemOutcome { Concluded, Postponed, Withdrawn };
    /// Whether an item stands on the agenda.
    ItemStandingName of domain::Standing { Planned, Postponed, Withdrawn };
}

mirrors! {
    /// Where a session is.
    SessionPhaseName of domain::SessionPhase { Draft, Issued, Open, Closed, CalledOff };
    /// Who may see an item.
    AudienceName of domain::Audience { All, Members, Named };
    /// Where a member stands on an item.
    PositionName of domain::Position { NoObjection, Objection, WishToSpeak };
    /// Where somebody is.
    PresenceName of domain::Presence { Present, Elsewhere, Substituted, Absent };
    /// How two versions differ.
    ChangeName of domain::Change {
        Session, Added, Changed, Moved, Withdrawn, Postponed, Restored, PaperAdded, PaperReplaced, PaperMoved, PaperWithdrawn,
    };
    /// What a result rests on.
    GroundsName of domain::Grounds { Majority, TooFew, TieBroken, TieNotBroken, NoQuorum };
    /// Where a laptop is on its way into the organisation.
    DeviceStateName of cabinet_ledger::DeviceState { Requested, Admitted, Revoked };
}

/// A field of a session or of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is what the domain says of its field")]
pub enum FieldName {
    Title,
    Kind,
    Place,
    IsOnline,
    StartsAt,
    Chair,
    Invited,
    Presenter,
    Minutes,
    Spot,
    Audience,
    Standing,
    Paper,
}

impl From<&Field> for FieldName {
    fn from(field: &Field) -> Self {
        match field {
            Field::Title | Field::Item(_, ItemField::Title) => FieldName::Title,
            Field::Kind | Field::Item(_, ItemField::Kind) => FieldName::Kind,
            Field::Chair | Field::Item(_, ItemField::Chair) => FieldName::Chair,
            Field::Place => FieldName::Place,
            Field::IsOnline => FieldName::IsOnline,
            Field::StartsAt => FieldName::StartsAt,
            Field::Invited => FieldName::Invited,
            Field::Item(_, ItemField::Presenter) => FieldName::Presenter,
            Field::Item(_, ItemField::Minutes) => FieldName::Minutes,
            Field::Item(_, ItemField::Spot) => FieldName::Spot,
            Field::Item(_, ItemField::Audience) => FieldName::Audience,
            Field::Item(_, ItemField::Standing) => FieldName::Standing,
            Field::Paper(_) => FieldName::Paper,
        }
    }
}

impl FieldName {
    /// The field of that name, of an item or of the session; none where it has no such field.
    pub(crate) fn of(self, item: Option<ItemId>) -> Option<Field> {
        let of_session = match self {
            FieldName::Title => Some(Field::Title),
            FieldName::Kind => Some(Field::Kind),
            FieldName::Chair => Some(Field::Chair),
            FieldName::Place => Some(Field::Place),
            FieldName::IsOnline => Some(Field::IsOnline),
            FieldName::StartsAt => Some(Field::StartsAt),
            FieldName::Invited => Some(Field::Invited),
            _ => None,
        };
        let of_item = match self {
            FieldName::Title => Some(ItemField::Title),
            FieldName::Kind => Some(ItemField::Kind),
            FieldName::Chair => Some(ItemField::Chair),
            FieldName::Presenter => Some(ItemField::Presenter),
            FieldName::Minutes => Some(ItemField::Minutes),
            FieldName::Spot => Some(ItemField::Spot),
            FieldName::Audience => Some(ItemField::Audience),
            FieldName::Standing => Some(ItemField::Standing),
            _ => None,
        };
        match item {
            Some(item) => of_item.map(|field| Field::Item(item, field)),
            None => of_session,
        }
    }
}

/// Reads a name that stands in a field of text.
pub(crate) fn named<T: DeserializeOwned>(word: &str) -> Result<T, AppError> {
    let word: StrDeserializer<'_, serde::de::value::Error> = word.into_deserializer();
    T::deserialize(word).map_err(|_| AppError::BadRequest("name".into()))
}

/// A name as it stands in a field of text.
pub(crate) fn word(name: impl Serialize) -> String {
    match serde_json::to_value(name) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A role in the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "docs/SECURITY.md says what each may do")]
pub enum RoleName {
    Chair,
    Member,
    Substitute,
    Guest,
    Assistant,
    Secretary,
    Teller,
    Officer,
}

impl RoleName {
    const ALL: [RoleName; 8] = [
        RoleName::Chair,
        RoleName::Member,
        RoleName::Substitute,
        RoleName::Guest,
        RoleName::Assistant,
        RoleName::Secretary,
        RoleName::Teller,
        RoleName::Officer,
    ];

    /// Its bit in the register.
    pub(crate) fn bit(self) -> u16 {
        match self {
            RoleName::Chair => role::CHAIR,
            RoleName::Member => role::MEMBER,
            RoleName::Substitute => role::SUBSTITUTE,
            RoleName::Guest => role::GUEST,
            RoleName::Assistant => role::ASSISTANT,
            RoleName::Secretary => role::SECRETARY,
            RoleName::Teller => role::TELLER,
            RoleName::Officer => role::OFFICER,
        }
    }

    /// The roles of such bits.
    pub(crate) fn of(bits: u16) -> Vec<RoleName> {
        Self::ALL.into_iter().filter(|role| bits & role.bit() != 0).collect()
    }
}

/// What came of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VoteOutcomeName {
    /// More than half said yes, or the tie was broken so.
    Adopted,
    /// They did not.
    NotAdopted,
    /// Too few were there.
    NoQuorum,
    /// One of several options has more than half.
    Chosen,
    /// None has.
    NoneChosen,
}

/// Where a ballot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BallotStateName {
    /// Signed, waiting to be sent.
    Waiting,
    /// Received at the hub's time.
    Received,
    /// The vote is closed and this ballot counts.
    Counted,
    /// Received too late: recorded and not counted.
    NotCounted,
    /// The hub refused it.
    Refused,
}

/// Where a form is, as the screen shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FormPhaseName {
    /// Being written.
    Draft,
    /// Approved, not sent.
    Approved,
    /// Answers are taken.
    Issued,
    /// Closed on this laptop; the hub has not received that yet.
    Closing,
    /// Closed.
    Closed,
    /// Taken back.
    Recalled,
}
