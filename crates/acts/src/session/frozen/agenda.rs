//! Frozen: what is written in an agenda.

use super::words::*;
use crate::form::{IdV1, PaperV1};
use crate::session::entry;
use cabinet_domain as domain;
use domain::PaperId;
use minicbor::{Decode, Encode};
use uuid::Uuid;

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct WriteV1 {
    #[n(0)]
    field: FieldV1,
    #[n(1)]
    value: ValueV1,
    #[n(2)]
    on: Vec<IdV1>,
}

/// Frozen: 1 to 7 are the session's own; 8 an item's, by its id and the field's number; 9 a paper.
#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum FieldV1 {
    #[n(1)]
    Title,
    #[n(2)]
    Kind,
    #[n(3)]
    Place,
    #[n(4)]
    IsOnline,
    #[n(5)]
    StartsAt,
    #[n(6)]
    Chair,
    #[n(7)]
    Invited,
    /// 1 title, 2 kind, 3 presenter, 4 minutes, 5 spot, 6 chair, 7 audience, 8 guests, 9 standing.
    #[n(8)]
    Item(#[n(0)] IdV1, #[n(1)] u8),
    #[n(9)]
    Paper(#[n(0)] IdV1),
}

#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum ValueV1 {
    #[n(1)]
    Text(#[n(0)] String),
    #[n(2)]
    Number(#[n(0)] i64),
    #[n(3)]
    Flag(#[n(0)] bool),
    /// 1 regular, 2 thematic, 3 extraordinary.
    #[n(4)]
    Session(#[n(0)] u8),
    /// 1 section, 2 decision, 3 opinion, 4 information.
    #[n(5)]
    Item(#[n(0)] u8),
    #[n(6)]
    Person(#[n(0)] Option<IdV1>),
    #[n(7)]
    People(#[n(0)] Vec<IdV1>),
    #[n(8)]
    Spot(#[n(0)] Option<IdV1>, #[n(1)] String),
    /// 1 all, 2 members, 3 named; then the people.
    #[n(9)]
    Audience(#[n(0)] u8, #[n(1)] Vec<IdV1>),
    /// 1 planned, 2 postponed, 3 withdrawn.
    #[n(10)]
    Standing(#[n(0)] u8),
    #[n(11)]
    Paper(#[n(0)] FiledV1),
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct FiledV1 {
    #[n(0)]
    item: IdV1,
    #[n(1)]
    order: String,
    #[n(2)]
    content: ContentV1,
    #[n(3)]
    is_withdrawn: bool,
}

#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum ContentV1 {
    #[n(1)]
    Sealed(#[n(0)] PaperV1),
    /// Title, marking, and copies as number, holder, whether back.
    #[n(2)]
    OnPaper(#[n(0)] String, #[n(1)] String, #[n(2)] Vec<(u32, String, bool)>),
}

impl WriteV1 {
    pub(super) fn new(write: &domain::Write) -> Self {
        use domain::Field;
        let field = match write.field {
            Field::Title => FieldV1::Title,
            Field::Kind => FieldV1::Kind,
            Field::Place => FieldV1::Place,
            Field::IsOnline => FieldV1::IsOnline,
            Field::StartsAt => FieldV1::StartsAt,
            Field::Chair => FieldV1::Chair,
            Field::Invited => FieldV1::Invited,
            Field::Item(on, field) => FieldV1::Item(id(on.0), number(&ITEM_FIELDS, &field)),
            Field::Paper(paper) => FieldV1::Paper(id(paper.0)),
        };
        WriteV1 { field, value: ValueV1::new(&write.value), on: write.on.iter().map(|e| id(e.0)).collect() }
    }

    pub(super) fn read(self) -> Option<domain::Write> {
        use domain::Field;
        let field = match self.field {
            FieldV1::Title => Field::Title,
            FieldV1::Kind => Field::Kind,
            FieldV1::Place => Field::Place,
            FieldV1::IsOnline => Field::IsOnline,
            FieldV1::StartsAt => Field::StartsAt,
            FieldV1::Chair => Field::Chair,
            FieldV1::Invited => Field::Invited,
            FieldV1::Item(on, number) => Field::Item(item(on), named(&ITEM_FIELDS, number)?),
            FieldV1::Paper(paper) => Field::Paper(PaperId(Uuid::from_bytes(paper.0))),
        };
        Some(domain::Write { field, value: self.value.read()?, on: self.on.into_iter().map(|e| entry(e.0)).collect() })
    }
}

impl ValueV1 {
    pub(super) fn new(value: &domain::Value) -> Self {
        use domain::Value;
        match value {
            Value::Text(text) => ValueV1::Text(text.clone()),
            Value::Number(number) => ValueV1::Number(*number),
            Value::Flag(flag) => ValueV1::Flag(*flag),
            Value::Session(kind) => ValueV1::Session(number(&SESSION_KINDS, kind)),
            Value::Item(kind) => ValueV1::Item(number(&ITEM_KINDS, kind)),
            Value::Person(person) => ValueV1::Person(person.map(|p| id(p.0))),
            Value::People(people) => ValueV1::People(people_v1(people)),
            Value::Spot(spot) => ValueV1::Spot(spot.parent.map(|p| id(p.0)), spot.order.clone()),
            Value::Audience(domain::Audience::All) => ValueV1::Audience(1, vec![]),
            Value::Audience(domain::Audience::Members) => ValueV1::Audience(2, vec![]),
            Value::Audience(domain::Audience::Named(people)) => ValueV1::Audience(3, people_v1(people)),
            Value::Standing(standing) => ValueV1::Standing(number(&STANDINGS, standing)),
            Value::Paper(filed) => ValueV1::Paper(FiledV1::new(filed)),
        }
    }

    pub(super) fn read(self) -> Option<domain::Value> {
        use domain::Value;
        let people = |ids: Vec<IdV1>| ids.into_iter().map(person).collect::<Vec<_>>();
        Some(match self {
            ValueV1::Text(text) => Value::Text(text),
            ValueV1::Number(number) => Value::Number(number),
            ValueV1::Flag(flag) => Value::Flag(flag),
            ValueV1::Session(number) => Value::Session(named(&SESSION_KINDS, number)?),
            ValueV1::Item(number) => Value::Item(named(&ITEM_KINDS, number)?),
            ValueV1::Person(who) => Value::Person(who.map(person)),
            ValueV1::People(ids) => Value::People(people(ids)),
            ValueV1::Spot(parent, order) => Value::Spot(domain::Spot { parent: parent.map(item), order }),
            ValueV1::Audience(1, ids) if ids.is_empty() => Value::Audience(domain::Audience::All),
            ValueV1::Audience(2, ids) if ids.is_empty() => Value::Audience(domain::Audience::Members),
            ValueV1::Audience(3, ids) => Value::Audience(domain::Audience::Named(people(ids))),
            ValueV1::Audience(..) => return None,
            ValueV1::Standing(number) => Value::Standing(named(&STANDINGS, number)?),
            ValueV1::Paper(filed) => Value::Paper(filed.read()),
        })
    }
}

impl FiledV1 {
    pub(super) fn new(filed: &domain::Filed) -> Self {
        let content = match &filed.content {
            domain::PaperContent::Sealed(paper) => ContentV1::Sealed(PaperV1::new(paper)),
            domain::PaperContent::OnPaper { title, marking, copies } => {
                let copies = copies.iter().map(|c| (c.number, c.holder.clone(), c.is_back)).collect();
                ContentV1::OnPaper(title.clone(), marking.clone(), copies)
            }
        };
        FiledV1 { item: id(filed.item.0), order: filed.order.clone(), content, is_withdrawn: filed.is_withdrawn }
    }

    pub(super) fn read(self) -> domain::Filed {
        let content = match self.content {
            ContentV1::Sealed(paper) => domain::PaperContent::Sealed(paper.read()),
            ContentV1::OnPaper(title, marking, copies) => domain::PaperContent::OnPaper {
                title,
                marking,
                copies: copies
                    .into_iter()
                    .map(|(number, holder, is_back)| domain::PaperCopy { number, holder, is_back })
                    .collect(),
            },
        };
        domain::Filed { item: item(self.item), order: self.order, content, is_withdrawn: self.is_withdrawn }
    }
}
