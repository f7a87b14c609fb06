//! Prepare an agenda: a session is made or copied, fields are written, items added, moved, pasted, conflicts settled.

use super::{entry_id, item_id, paper_id, people_of, person_of, session_id};
use crate::uses::named::{AudienceName, FieldName, ItemKindName, ItemStandingName, SessionKindName, named};
use crate::{App, AppError};
use cabinet_domain::{Audience, EntryId, Field, ItemField, ItemId, OutlineLine, Standing, Value, Write, read_outline};
use cabinet_work::WorkError;
use cabinet_work::sessions::{NewItem, add_items, create_session, edit_session, move_item, state};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;
use uuid::Uuid;

/// A session to prepare.
#[derive(Deserialize, TS)]
pub struct NewSessionRequest {
    /// Its title.
    pub title: String,
    /// What kind of session.
    pub kind: SessionKindName,
    /// Where.
    pub place: String,
    /// Whether held online.
    pub is_online: bool,
    /// When it begins.
    #[ts(type = "number")]
    pub starts_at: i64,
    /// Who chairs.
    pub chair: String,
    /// Who attends.
    pub invited: Vec<String>,
    /// An earlier session whose agenda, without papers, is taken over.
    pub copy_of: Option<String>,
}

/// The session that was made.
#[derive(Serialize, TS)]
pub struct NewSessionView {
    /// Its id.
    pub session: String,
}

/// A field as the screen writes it.
#[derive(Deserialize, TS)]
#[serde(untagged)]
pub enum EditValue {
    /// Text, or one of a few by name.
    Text(String),
    /// Minutes or milliseconds.
    Number(#[ts(type = "number")] i64),
    /// Yes or no.
    Flag(bool),
    /// People.
    People(Vec<String>),
}

/// One field to write.
#[derive(Deserialize, TS)]
pub struct EditRequest {
    /// The session.
    pub session: String,
    /// The item, if it is one's.
    pub item: Option<String>,
    /// The field.
    pub field: FieldName,
    /// Its new content.
    pub value: EditValue,
    /// The entries that the author saw there.
    pub on: Vec<String>,
}

/// Items to add: a title, or a whole list as it was pasted.
#[derive(Deserialize, TS)]
pub struct AddItemsRequest {
    /// The session.
    pub session: String,
    /// One line, or a numbered list.
    pub text: String,
    /// The item that the first one follows; none puts them last.
    pub after: Option<String>,
}

/// Where an item goes.
#[derive(Deserialize, TS)]
pub struct MoveItemRequest {
    /// The session.
    pub session: String,
    /// The item.
    pub item: String,
    /// What it goes below.
    pub parent: Option<String>,
    /// What it follows there; none puts it first.
    pub after: Option<String>,
}

/// Which of two writes stands.
#[derive(Deserialize, TS)]
pub struct SettleRequest {
    /// The session.
    pub session: String,
    /// The item, if it is one's.
    pub item: Option<String>,
    /// The paper, if it is one.
    pub paper: Option<String>,
    /// The field.
    pub field: FieldName,
    /// The entry whose write stands.
    pub entry: String,
}

/// Makes a session.
pub fn create(app: &App, request: NewSessionRequest) -> Result<NewSessionView, AppError> {
    let copied = request.copy_of.as_deref().map(session_id).transpose()?;
    let fields = vec![
        (Field::Title, Value::Text(request.title.trim().to_owned())),
        (Field::Kind, Value::Session(request.kind.into())),
        (Field::Place, Value::Text(request.place)),
        (Field::IsOnline, Value::Flag(request.is_online)),
        (Field::StartsAt, Value::Number(request.starts_at)),
        (Field::Chair, Value::Person(Some(person_of(&request.chair)?))),
        (Field::Invited, Value::People(people_of(&request.invited)?)),
    ];
    let space = app.with_laptop(|laptop, now_ms| {
        let space = create_session(laptop, fields, now_ms)?;
        if let Some(copied) = copied {
            let items = state(laptop, copied)?.agenda.version().fields;
            let writes = copy(items, now_ms);
            if !writes.is_empty() {
                edit_session(laptop, space, writes, now_ms)?;
            }
        }
        Ok(space)
    })?;
    app.changed(&[space]);
    Ok(NewSessionView { session: space.to_string() })
}

/// The items of another session under ids of their own.
fn copy(fields: BTreeMap<Field, Value>, now_ms: u64) -> Vec<Write> {
    let mut ids: BTreeMap<ItemId, ItemId> = BTreeMap::new();
    let mut own = |id: ItemId| *ids.entry(id).or_insert_with(|| new_id(now_ms));
    let mut writes = Vec::new();
    for (field, value) in fields {
        let Field::Item(id, name) = field else { continue };
        let value = match value {
            Value::Spot(mut spot) => {
                spot.parent = spot.parent.map(&mut own);
                Value::Spot(spot)
            }
            Value::Standing(_) => Value::Standing(Standing::Planned),
            value => value,
        };
        writes.push(Write { field: Field::Item(own(id), name), value, on: vec![] });
    }
    writes
}

fn new_id(now_ms: u64) -> ItemId {
    ItemId(Uuid::from_bytes(cabinet_seal::make_uuid_v7(now_ms)))
}

/// Writes one field.
pub fn edit(app: &App, request: EditRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    let item = request.item.as_deref().map(item_id).transpose()?;
    let field = request.field.of(item).ok_or_else(|| AppError::BadRequest("field".into()))?;
    let value = value(field, request.value)?;
    let on = request.on.iter().map(|e| entry_id(e)).collect::<Result<Vec<EntryId>, _>>()?;
    app.work(|laptop, now_ms| edit_session(laptop, space, vec![Write { field, value, on }], now_ms))?;
    app.changed(&[space]);
    Ok(())
}

/// Adds items.
pub fn add(app: &App, request: AddItemsRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    let after = request.after.as_deref().map(item_id).transpose()?;
    app.work(|laptop, now_ms| {
        let version = state(laptop, space)?.agenda.version();
        let base = after.and_then(|after| version.items().into_iter().find(|i| i.id == after));
        let items = placed(read_outline(&request.text), base.and_then(|b| b.parent), now_ms);
        add_items(laptop, space, &items, after, now_ms)
    })?;
    app.changed(&[space]);
    Ok(())
}

/// Lines of a list with the item that each stands below.
fn placed(lines: Vec<OutlineLine>, base: Option<ItemId>, now_ms: u64) -> Vec<NewItem> {
    let mut above: Vec<(u32, ItemId)> = Vec::new();
    let mut items = Vec::new();
    for line in lines {
        above.retain(|(level, _)| *level < line.level);
        let id = new_id(now_ms);
        let parent = above.last().map(|(_, id)| *id).or(base);
        above.push((line.level, id));
        items.push(NewItem { id, title: line.title, kind: line.kind, presenter: line.presenter, parent });
    }
    items
}

/// Moves an item.
pub fn move_to(app: &App, request: MoveItemRequest) -> Result<(), AppError> {
    let (space, item) = (session_id(&request.session)?, item_id(&request.item)?);
    let parent = request.parent.as_deref().map(item_id).transpose()?;
    let after = request.after.as_deref().map(item_id).transpose()?;
    app.work(|laptop, now_ms| move_item(laptop, space, item, parent, after, now_ms))?;
    app.changed(&[space]);
    Ok(())
}

/// Lets one of two writes stand, for everybody to see.
pub fn settle(app: &App, request: SettleRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    let item = request.item.as_deref().map(item_id).transpose()?;
    let field = match request.paper {
        Some(paper) => Field::Paper(paper_id(&paper)?),
        None => request.field.of(item).ok_or_else(|| AppError::BadRequest("field".into()))?,
    };
    let entry = entry_id(&request.entry)?;
    app.work(|laptop, now_ms| {
        let agenda = &state(laptop, space)?.agenda;
        let shared = agenda.fields.get(&field).ok_or(WorkError::NotFound)?;
        let (_, value) = shared.writes.iter().find(|(id, _)| *id == entry).ok_or(WorkError::NotFound)?;
        edit_session(laptop, space, vec![agenda.write_of(field, value.clone())], now_ms)
    })?;
    app.changed(&[space]);
    Ok(())
}

fn value(field: Field, value: EditValue) -> Result<Value, AppError> {
    Ok(match (field, value) {
        (Field::Kind, EditValue::Text(name)) => Value::Session(named::<SessionKindName>(&name)?.into()),
        (Field::Chair | Field::Item(_, ItemField::Chair), EditValue::Text(id)) if id.is_empty() => Value::Person(None),
        (Field::Chair | Field::Item(_, ItemField::Chair), EditValue::Text(id)) => Value::Person(Some(person_of(&id)?)),
        (Field::Item(_, ItemField::Kind), EditValue::Text(name)) => Value::Item(named::<ItemKindName>(&name)?.into()),
        (Field::Item(_, ItemField::Standing), EditValue::Text(name)) => {
            Value::Standing(named::<ItemStandingName>(&name)?.into())
        }
        (Field::Item(_, ItemField::Audience), EditValue::Text(name)) => Value::Audience(match named(&name)? {
            AudienceName::All => Audience::All,
            AudienceName::Members => Audience::Members,
            AudienceName::Named => return Err(AppError::BadRequest("value".into())),
        }),
        (Field::Item(_, ItemField::Audience), EditValue::People(people)) => {
            Value::Audience(Audience::Named(people_of(&people)?))
        }
        (_, EditValue::Text(text)) => Value::Text(text.trim().to_owned()),
        (_, EditValue::Number(number)) => Value::Number(number),
        (_, EditValue::Flag(flag)) => Value::Flag(flag),
        (_, EditValue::People(people)) => Value::People(people_of(&people)?),
    })
}
