//! The agenda: fields that several people write, and the list that comes of them.

use super::{Audience, Field, Filed, ITEM_MINUTES_MAX, ItemField, ItemKind, SessionKind, Standing, Value, Write};
use crate::{EntryId, ItemId, Millis, PaperId, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Limit: sections, items and sub-items below each other; a deeper one is shown at the third level.
const LEVELS_MAX: u32 = 3;

/// Limit: a number, in characters; what is nested deeper has the number of what is above it.
const NUMBER_CHARS_MAX: usize = 24;

/// Limit: writes of one field that stand beside each other; of more, the oldest goes.
pub(super) const BESIDE_MAX: usize = 64;

/// One field with all writes that stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// Standing writes, in sequence. More than one with different content is a conflict.
    pub writes: Vec<(EntryId, Value)>,
}

impl Shared {
    /// What is shown: the last to arrive.
    pub fn value(&self) -> &Value {
        &self.writes.last().expect("a field exists from its first write").1
    }

    /// Whether two people wrote different things without knowing of each other.
    pub fn is_conflict(&self) -> bool {
        self.writes.iter().any(|(_, value)| value != self.value())
    }

    /// The entries that a new write must name to stand alone.
    pub fn on(&self) -> Vec<EntryId> {
        self.writes.iter().map(|(id, _)| *id).collect()
    }
}

/// What is written, with its conflicts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agenda {
    /// Fields by name.
    #[serde(with = "pairs")]
    pub fields: BTreeMap<Field, Shared>,
}

impl Agenda {
    /// Takes a write: what it names is replaced, what it did not know of stays beside it.
    pub(super) fn write(&mut self, entry: EntryId, write: &Write) {
        let field = self.fields.entry(write.field).or_insert(Shared { writes: Vec::new() });
        field.writes.retain(|(id, _)| !write.on.contains(id) && *id != entry);
        field.writes.push((entry, write.value.clone()));
        if field.writes.len() > BESIDE_MAX {
            field.writes.remove(0);
        }
    }

    /// Fields on which two people disagree unknowingly.
    pub fn conflicts(&self) -> impl Iterator<Item = (&Field, &Shared)> {
        self.fields.iter().filter(|(_, shared)| shared.is_conflict())
    }

    /// A write of a field that knows all that is known here.
    pub fn write_of(&self, field: Field, value: Value) -> Write {
        Write { field, value, on: self.fields.get(&field).map_or(Vec::new(), Shared::on) }
    }

    /// The content without its history.
    pub fn version(&self) -> Version {
        Version { fields: self.fields.iter().map(|(field, shared)| (*field, shared.value().clone())).collect() }
    }
}

/// One state of an agenda: a draft as it stands, or what was issued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Fields by name.
    #[serde(with = "pairs")]
    pub fields: BTreeMap<Field, Value>,
}

/// An item as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// *Nội dung*.
    pub title: String,
    /// What it is for.
    pub kind: ItemKind,
    /// Who presents.
    pub presenter: String,
    /// Minutes planned for itself.
    pub minutes: u32,
    /// What it stands below.
    pub parent: Option<ItemId>,
    /// Its order among its like.
    pub order: String,
    /// Who chairs it, if not the session's chair.
    pub chair: Option<PersonId>,
    /// Who may see it.
    pub audience: Audience,
    /// Whether it is still meant to come.
    pub standing: Standing,
    /// 1 for what stands at the left.
    pub level: u32,
    /// "I" for sections; "3" or "3.1" for items, counted through all sections.
    pub number: String,
    /// When it is planned to begin.
    pub starts_at: Millis,
    /// Its papers in order, without those taken off.
    pub papers: Vec<(PaperId, Filed)>,
}

impl Version {
    fn get(&self, field: Field) -> Option<&Value> {
        self.fields.get(&field)
    }

    fn text(&self, field: Field) -> &str {
        if let Some(Value::Text(text)) = self.get(field) { text } else { "" }
    }

    fn number(&self, field: Field) -> i64 {
        if let Some(Value::Number(number)) = self.get(field) { *number } else { 0 }
    }

    /// The session's title.
    pub fn title(&self) -> &str {
        self.text(Field::Title)
    }

    /// Where it is held.
    pub fn place(&self) -> &str {
        self.text(Field::Place)
    }

    /// Its kind.
    pub fn kind(&self) -> SessionKind {
        if let Some(Value::Session(kind)) = self.get(Field::Kind) { *kind } else { SessionKind::Regular }
    }

    /// Whether it is held online.
    pub fn is_online(&self) -> bool {
        matches!(self.get(Field::IsOnline), Some(Value::Flag(true)))
    }

    /// When it begins.
    pub fn starts_at(&self) -> Millis {
        Millis(self.number(Field::StartsAt))
    }

    /// Who chairs.
    pub fn chair(&self) -> Option<PersonId> {
        if let Some(Value::Person(person)) = self.get(Field::Chair) { *person } else { None }
    }

    /// Who attends.
    pub fn invited(&self) -> &[PersonId] {
        if let Some(Value::People(people)) = self.get(Field::Invited) { people } else { &[] }
    }

    /// Ids of all items whose title is known here, taken off or not.
    pub fn item_ids(&self) -> impl Iterator<Item = ItemId> + '_ {
        self.fields.keys().filter_map(|f| if let Field::Item(id, ItemField::Title) = f { Some(*id) } else { None })
    }

    /// The papers, taken off or not.
    pub fn papers(&self) -> impl Iterator<Item = (PaperId, &Filed)> {
        self.fields.iter().filter_map(|(field, value)| match (field, value) {
            (Field::Paper(id), Value::Paper(filed)) => Some((*id, filed)),
            _ => None,
        })
    }

    /// The items in order with numbers and planned times, without those taken off.
    pub fn items(&self) -> Vec<Item> {
        let mut all: BTreeMap<ItemId, Item> = self.item_ids().map(|id| (id, self.item(id))).collect();
        all.retain(|_, item| item.standing != Standing::Withdrawn);
        for (id, filed) in self.papers().filter(|(_, f)| !f.is_withdrawn) {
            if let Some(item) = all.get_mut(&filed.item) {
                item.papers.push((id, filed.clone()));
            }
        }
        all.values_mut().for_each(|i| i.papers.sort_by(|a, b| (&a.1.order, a.0).cmp(&(&b.1.order, b.0))));
        let mut out = Vec::new();
        let mut at = self.starts_at();
        let mut counted = Counted::default();
        let mut walk = Walk::of(&all);
        while let Some(Next { item, level, number }) = walk.to_come.pop() {
            let number = push(item, level, &number, &mut out, &mut at, &mut counted);
            let above = if item.kind == ItemKind::Section { "" } else { &number };
            walk.go_below(Some(item.id), (level + 1).min(LEVELS_MAX), above);
        }
        // Whoever hangs in a circle, or below what was taken off, is shown rather than lost.
        let shown: BTreeSet<ItemId> = out.iter().map(|i: &Item| i.id).collect();
        for (_, lost) in all.iter().filter(|(id, _)| !shown.contains(id)) {
            push(lost, 1, "", &mut out, &mut at, &mut counted);
        }
        out
    }

    fn item(&self, id: ItemId) -> Item {
        let field = |name| self.get(Field::Item(id, name));
        let (parent, order) = match field(ItemField::Spot) {
            Some(Value::Spot(spot)) => (spot.parent, spot.order.clone()),
            _ => (None, String::new()),
        };
        Item {
            id,
            title: self.text(Field::Item(id, ItemField::Title)).to_owned(),
            kind: if let Some(Value::Item(kind)) = field(ItemField::Kind) { *kind } else { ItemKind::Decision },
            presenter: self.text(Field::Item(id, ItemField::Presenter)).to_owned(),
            minutes: self.number(Field::Item(id, ItemField::Minutes)).clamp(0, ITEM_MINUTES_MAX) as u32,
            parent,
            order,
            chair: if let Some(Value::Person(person)) = field(ItemField::Chair) { *person } else { None },
            audience: match field(ItemField::Audience) {
                Some(Value::Audience(audience)) => audience.clone(),
                _ => Audience::All,
            },
            standing: match field(ItemField::Standing) {
                Some(Value::Standing(standing)) => *standing,
                _ => Standing::Planned,
            },
            level: 1,
            number: String::new(),
            starts_at: Millis(0),
            papers: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Counted {
    sections: u32,
    items: u32,
}

/// Items on their way into a list. Invariant: as deep as they are nested, the stack is not.
struct Walk<'a> {
    below: BTreeMap<Option<ItemId>, Vec<&'a Item>>,
    /// Last in, first out: the first of its like lies on top.
    to_come: Vec<Next<'a>>,
}

/// An item that is still to come, with its level and the number that its place gives it.
struct Next<'a> {
    item: &'a Item,
    level: u32,
    number: String,
}

impl<'a> Walk<'a> {
    /// From what stands at the left.
    fn of(all: &'a BTreeMap<ItemId, Item>) -> Self {
        let mut below: BTreeMap<Option<ItemId>, Vec<&Item>> = BTreeMap::new();
        for item in all.values() {
            // An item below something that is not here any more comes to the left.
            below.entry(item.parent.filter(|p| all.contains_key(p))).or_default().push(item);
        }
        below.values_mut().for_each(|like| like.sort_by(|a, b| (&a.order, a.id).cmp(&(&b.order, b.id))));
        let mut walk = Walk { below, to_come: Vec::new() };
        walk.go_below(None, 1, "");
        walk
    }

    fn go_below(&mut self, parent: Option<ItemId>, level: u32, above: &str) {
        let here = self.below.remove(&parent).unwrap_or_default();
        self.to_come.extend(here.into_iter().enumerate().rev().map(|(index, item)| {
            let number = match above.len() {
                0 => String::new(),
                1..=NUMBER_CHARS_MAX => format!("{above}.{}", index + 1),
                _ => above.to_owned(),
            };
            Next { item, level, number }
        }));
    }
}

fn push(item: &Item, level: u32, number: &str, out: &mut Vec<Item>, at: &mut Millis, counted: &mut Counted) -> String {
    let number = match (item.kind, number) {
        (ItemKind::Section, _) => {
            counted.sections += 1;
            roman(counted.sections)
        }
        (_, "") => {
            counted.items += 1;
            counted.items.to_string()
        }
        (_, number) => number.to_owned(),
    };
    out.push(Item { level, number: number.clone(), starts_at: *at, ..item.clone() });
    if item.standing == Standing::Planned && item.kind != ItemKind::Section {
        at.0 += i64::from(item.minutes) * 60_000;
    }
    number
}

fn roman(mut number: u32) -> String {
    let signs = [(50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")];
    let mut out = String::new();
    for (value, sign) in signs {
        while number >= value {
            out += sign;
            number -= value;
        }
    }
    out
}

/// Maps whose keys are not texts, as lists of pairs.
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(from)?.into_iter().collect())
    }
}
