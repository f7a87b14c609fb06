//! One session, as a member reads it, a secretary prepares it and the room follows it.

use super::view::*;
use super::{session_id, vote};
use crate::uses::is_staff;
use crate::uses::named::{AudienceName, FieldName, ItemKindName, ItemStandingName, SessionKindName, word};
use crate::uses::returned::{ReturnedView, by_hub, by_rule};
use crate::{App, AppError};
use cabinet_domain::{
    Attendance, Audience, Change, Correction, Field, Item, ItemField, Millis, PaperContent, PaperId, PersonId,
    Position, Presence, Reply, Roles, SessionAct, SessionPhase, SessionState, SessionVerdict, Stay, Value, Version,
    compare, propose,
};
use cabinet_ledger::SpaceId;
use cabinet_vault::{Change as StoreChange, Laptop, SqlStore, Store};
use cabinet_work::WorkError;
use cabinet_work::forms::{ledger_person, person};
use cabinet_work::sessions::state;
use serde::Deserialize;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which session, and which of its versions.
#[derive(Deserialize, TS)]
pub struct ReadSessionRequest {
    /// Its id.
    pub session: String,
    /// The draft as it stands; for editors.
    pub is_draft: bool,
    /// A version by its place, from 0; none for the newest.
    pub version: Option<u32>,
    /// What to compare with; none for the one last seen.
    pub since: Option<u32>,
}

/// Names a person by office.
pub(super) struct Names<'a>(pub &'a Laptop<SqlStore>);

impl Names<'_> {
    pub(super) fn office(&self, id: PersonId) -> String {
        self.0.people().get(&ledger_person(id)).map(|p| p.office.clone()).unwrap_or_default()
    }

    pub(super) fn short(&self, id: PersonId) -> String {
        self.0.people().get(&ledger_person(id)).map(|p| p.short.clone()).unwrap_or_default()
    }
}

/// The session.
pub fn session(app: &App, request: ReadSessionRequest) -> Result<SessionView, AppError> {
    let space = session_id(&request.session)?;
    let now = app.hub_now();
    let mut view = app.with_laptop(|laptop, _| {
        let state = state(laptop, space)?;
        Reading { laptop, space, state: &state, names: Names(laptop), now }.view(&request)
    })?;
    for paper in view.items.iter_mut().flat_map(|i| &mut i.papers) {
        if let Some(hash) = paper.hash.as_ref().and_then(|h| h.parse().ok()) {
            paper.here = app.paper_here(hash);
        }
    }
    Ok(view)
}

/// Remembers that the newest version was seen here.
pub fn seen_session(app: &App, request: super::SessionRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    app.with_laptop(|laptop, _| {
        let count = laptop.session(space)?.versions.len() as u32;
        let seen = count.checked_sub(1).map(|last| last.to_be_bytes().to_vec());
        Ok(laptop.store_mut().commit(vec![StoreChange::Meta(seen_name(space), seen)])?)
    })
}

fn seen_name(space: SpaceId) -> String {
    format!("session seen {space}")
}

pub(super) struct Reading<'a> {
    pub laptop: &'a Laptop<SqlStore>,
    pub space: SpaceId,
    pub state: &'a SessionState,
    pub names: Names<'a>,
    pub now: u64,
}

impl Reading<'_> {
    fn view(&self, request: &ReadSessionRequest) -> Result<SessionView, AppError> {
        let state = self.state;
        let me = person(self.laptop.me()?.person);
        let roles = Roles(self.laptop.my_roles());
        let is_staff = is_staff(self.laptop);
        let draft = state.agenda.version();
        let newest = state.versions.len().checked_sub(1);
        let shown = request.version.map(|v| v as usize).or(newest).filter(|_| !request.is_draft || !is_staff);
        let content = match shown {
            Some(index) => &state.versions.get(index).ok_or(WorkError::NotFound)?.content,
            None if is_staff => &draft,
            None => return Err(WorkError::NotFound.into()),
        };
        let since = self.since(request, shown, newest)?;
        let items = content.items();
        let closed_at = match state.phase {
            SessionPhase::Closed { at } => Some(at.0),
            _ => None,
        };
        let end = items.iter().map(|i| i.starts_at.0 + i64::from(i.minutes) * 60_000).max();
        let chair = content.chair();
        Ok(SessionView {
            id: self.space.to_string(),
            title: content.title().to_owned(),
            kind: (&content.kind()).into(),
            place: content.place().to_owned(),
            is_online: content.is_online(),
            starts_at: content.starts_at().0,
            ends_at: end.unwrap_or(content.starts_at().0),
            chair: chair.map(|c| self.names.office(c)).unwrap_or_default(),
            chair_person: chair.map(|c| ledger_person(c).to_string()),
            phase: (&state.phase).into(),
            opened_at: state.opened_at.map(|at| at.0),
            closed_at,
            called_off_because: state.called_off_because.clone(),
            letter: shown.map(SessionState::letter),
            versions: self.versions(),
            next_letter: SessionState::letter(state.versions.len()),
            changes: since.map_or(vec![], |since| self.changes(&state.versions[since].content, content)),
            changes_since: since.map(SessionState::letter),
            is_changed: is_staff && state.issued().is_some_and(|issued| issued.content != draft),
            conflicts: if is_staff { self.conflicts() } else { vec![] },
            items: items.iter().map(|item| self.item(item, me, roles)).collect(),
            left: state.still_to_come(&items).iter().map(ToString::to_string).collect(),
            invited: self.invited(content),
            on: if is_staff { self.on(None) } else { BTreeMap::new() },
            proposal: self.proposal(),
            quorum: self.quorum(),
            current_since: state.current().map(|c| c.begun_at.0),
            shown: self.shown(),
            speeches: self.speeches(),
            votes: vote::votes(self, me)?,
            am_there: state.is_there(me),
            attends: state.replies.iter().find(|r| r.person == me).map(|r| r.reply == Reply::Attends),
            may: self.laptop.may::<SessionAct>(state)?.into(),
            is_incomplete: state.waiting_for_keys > 0,
            is_waiting: !self.laptop.pending::<SessionAct>(self.space)?.is_empty(),
            returned: self.returned()?,
            now: self.now,
        })
    }

    /// Own acts that came to nothing. Ballots and conflicts are shown where they belong; pages shown are over when they are read.
    fn returned(&self) -> Result<Vec<ReturnedView>, AppError> {
        let refused = self.state.log.iter().filter_map(|(id, verdict)| match verdict {
            SessionVerdict::Refused { reason } => {
                Some((*id, AppError::from(WorkError::SessionRefused(reason.clone())).view()))
            }
            SessionVerdict::Accepted => None,
        });
        let by_rule = by_rule::<SessionAct, _>(self.laptop, self.space, refused.collect(), is_told_here)?;
        Ok([by_hub(self.laptop, Some(self.space))?, by_rule].concat())
    }

    /// The version that changes are counted from: the one asked for, the one last seen, or, for the draft, what was sent.
    fn since(
        &self,
        request: &ReadSessionRequest,
        shown: Option<usize>,
        newest: Option<usize>,
    ) -> Result<Option<usize>, AppError> {
        if let Some(asked) = request.since {
            return Ok(Some(asked as usize).filter(|asked| *asked < self.state.versions.len()));
        }
        let Some(shown) = shown else { return Ok(newest) };
        let seen = self.laptop.store().meta(&seen_name(self.space))?;
        let seen = seen.and_then(|b| Some(u32::from_be_bytes(b.try_into().ok()?) as usize));
        Ok(seen.filter(|seen| *seen < shown))
    }

    fn versions(&self) -> Vec<VersionView> {
        let view = |(index, v): (usize, &cabinet_domain::IssuedVersion)| VersionView {
            letter: SessionState::letter(index),
            at: v.at.0,
        };
        self.state.versions.iter().enumerate().map(view).collect()
    }

    fn item(&self, item: &Item, me: PersonId, roles: Roles) -> AgendaItemView {
        let state = self.state;
        let is_staff = is_staff(self.laptop);
        let of_item = || state.positions.iter().filter(|p| p.item == item.id);
        let course = state.course.iter().rfind(|c| c.item == item.id);
        let people = match &item.audience {
            Audience::All | Audience::Members => vec![],
            Audience::Named(people) => people.iter().map(|p| ledger_person(*p).to_string()).collect(),
        };
        let may_see_all = is_staff || state.leads(me, roles);
        AgendaItemView {
            id: item.id.to_string(),
            number: item.number.clone(),
            level: item.level,
            title: item.title.clone(),
            kind: (&item.kind).into(),
            presenter: item.presenter.clone(),
            chair: item.chair.map(|c| self.names.office(c)).unwrap_or_default(),
            chair_person: item.chair.map(|c| ledger_person(c).to_string()),
            minutes: item.minutes,
            parent: item.parent.map(|p| p.to_string()),
            starts_at: item.starts_at.0,
            standing: (&item.standing).into(),
            audience: (&item.audience).into(),
            audience_people: people,
            papers: item.papers.iter().map(|(id, filed)| Self::paper(*id, &filed.content)).collect(),
            mine: of_item().find(|p| p.person == me).map(|p| self.position(me, &p.position)),
            positions: of_item().filter(|_| may_see_all).map(|p| self.position(p.person, &p.position)).collect(),
            outcome: course.and_then(|c| c.ended).map(|(_, outcome)| (&outcome).into()),
            decided: state.decided_by(item.id).and_then(|vote| vote::result(self, vote)),
            conclusion: course.map(|c| c.conclusion.clone()).unwrap_or_default(),
            corrections: course.map(|c| c.corrections.iter().map(|c| self.correction(c)).collect()).unwrap_or_default(),
            is_current: state.current().is_some_and(|c| c.item == item.id),
            on: if is_staff { self.on(Some(item.id)) } else { BTreeMap::new() },
        }
    }

    fn paper(id: cabinet_domain::PaperId, content: &PaperContent) -> AgendaPaperView {
        let (hash, pages, marking, copies) = match content {
            PaperContent::Sealed(paper) => (Some(paper.hash.to_string()), paper.pages, None, vec![]),
            PaperContent::OnPaper { marking, copies, .. } => {
                let copies = copies.iter().map(|c| (c.number, c.holder.clone(), c.is_back)).collect();
                (None, 0, Some(marking.clone()), copies)
            }
        };
        let title = content.title().to_owned();
        AgendaPaperView { id: id.to_string(), title, hash, pages, here: 0.0, marking, copies }
    }

    fn correction(&self, correction: &Correction) -> CorrectionView {
        let office = self.names.office(correction.person);
        CorrectionView { office, at: correction.at.0, text: correction.text.clone() }
    }

    fn position(&self, who: PersonId, position: &Position) -> PositionView {
        let reason = match position {
            Position::Objection { reason } => reason.clone(),
            Position::NoObjection | Position::WishToSpeak => String::new(),
        };
        PositionView { office: self.names.office(who), position: position.into(), reason }
    }

    /// What a new write of each field must name, of the session or of an item.
    fn on(&self, item: Option<cabinet_domain::ItemId>) -> BTreeMap<String, Vec<String>> {
        let of = |field: &Field| match (field, item) {
            (Field::Item(id, _), Some(item)) if *id == item => Some(word(FieldName::from(field))),
            (Field::Item(..) | Field::Paper(_), _) => None,
            (field, None) => Some(word(FieldName::from(field))),
            _ => None,
        };
        let fields = self.state.agenda.fields.iter();
        fields
            .filter_map(|(field, shared)| Some((of(field)?, shared.on().iter().map(ToString::to_string).collect())))
            .collect()
    }

    fn invited(&self, content: &Version) -> Vec<InvitedView> {
        let today = cabinet_domain::vietnam_date(Millis(self.now as i64));
        let pinned = self.state.opening.as_ref().map(|pins| &pins.roster);
        let Some(roster) = pinned.or_else(|| self.laptop.roster_on(today)) else { return vec![] };
        let seat = |p: &PersonId| roster.members.iter().position(|m| m.person == *p).unwrap_or(usize::MAX);
        let mut people = content.invited().to_vec();
        people.sort_by_key(seat);
        let view = |id: PersonId| {
            let reply = self.state.replies.iter().find(|r| r.person == id);
            let (reason, substitute) = match reply.map(|r| &r.reply) {
                Some(Reply::Absent { reason, substitute }) => (reason.clone(), substitute.clone().unwrap_or_default()),
                _ => Default::default(),
            };
            let attendance = self.state.attendance.iter().find(|a| a.person == id);
            let presence = attendance.map(Attendance::now);
            let substitute = match presence {
                Some(Presence::Substituted { by }) => by.clone(),
                _ => substitute,
            };
            let stays = attendance.map(|a| a.stays(self.state.opened_at)).unwrap_or_default();
            let stay = |stay: Stay| StayView {
                is_elsewhere: stay.is_elsewhere,
                from: stay.from.map(|at| at.0),
                until: stay.until.map(|at| at.0),
            };
            InvitedView {
                person: ledger_person(id).to_string(),
                office: self.names.office(id),
                short: self.names.short(id),
                is_member: roster.has(id),
                is_prime_minister: roster.prime_minister() == Some(id),
                attends: reply.map(|r| r.reply == Reply::Attends),
                reason,
                substitute,
                consent: reply.and_then(|r| r.consent),
                presence: presence.map(Into::into),
                stays: stays.into_iter().map(stay).collect(),
            }
        };
        people.into_iter().map(view).collect()
    }

    fn conflicts(&self) -> Vec<ConflictView> {
        let title = |id| {
            let titles = self.state.agenda.fields.get(&Field::Item(id, ItemField::Title));
            titles.map(|t| self.words(t.value())).unwrap_or_default()
        };
        let view = |(field, shared): (&Field, &cabinet_domain::Shared)| {
            let (item, paper, title) = match field {
                Field::Item(id, _) => (Some(id.to_string()), None, title(*id)),
                Field::Paper(id) => (None, Some(id.to_string()), self.words(shared.value())),
                _ => (None, None, self.state.agenda.version().title().to_owned()),
            };
            let choices = shared.writes.iter().map(|(id, value)| (id.to_string(), self.words(value))).collect();
            ConflictView { item, paper, field: field.into(), title, choices }
        };
        self.state.agenda.conflicts().map(view).collect()
    }

    /// A value in words of the agenda; names of things that are one of a few are the screen's.
    fn words(&self, value: &Value) -> String {
        let offices = |people: &[PersonId]| people.iter().map(|p| self.names.office(*p)).collect::<Vec<_>>().join(", ");
        match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Session(kind) => word(SessionKindName::from(kind)),
            Value::Item(kind) => word(ItemKindName::from(kind)),
            Value::Person(who) => who.map(|p| self.names.office(p)).unwrap_or_default(),
            Value::People(people) => offices(people),
            Value::Spot(spot) => spot.order.clone(),
            Value::Audience(Audience::Named(people)) => offices(people),
            Value::Audience(audience) => word(AudienceName::from(audience)),
            Value::Standing(standing) => word(ItemStandingName::from(standing)),
            Value::Paper(filed) => filed.content.title().to_owned(),
        }
    }

    fn changes(&self, old: &Version, new: &Version) -> Vec<ChangeView> {
        let text = |version: &Version, field: Field| version.fields.get(&field).map(|v| self.words(v));
        let title = |id| {
            let field = Field::Item(id, ItemField::Title);
            text(new, field).or_else(|| text(old, field)).unwrap_or_default()
        };
        let of_item = |kind, id: cabinet_domain::ItemId, fields| ChangeView {
            kind,
            item: Some(id.to_string()),
            title: title(id),
            fields,
        };
        let of_paper = |kind, id| ChangeView {
            kind,
            item: match new.fields.get(&Field::Paper(id)) {
                Some(Value::Paper(filed)) => Some(filed.item.to_string()),
                _ => None,
            },
            title: text(new, Field::Paper(id)).unwrap_or_default(),
            fields: vec![],
        };
        let view = |change: Change| {
            let kind = (&change).into();
            match change {
                Change::Session(field) => {
                    ChangeView { kind, item: None, title: new.title().to_owned(), fields: vec![(&field).into()] }
                }
                Change::Changed(id, fields) => {
                    of_item(kind, id, fields.into_iter().map(|f| (&Field::Item(id, f)).into()).collect())
                }
                Change::Added(id)
                | Change::Moved(id)
                | Change::Withdrawn(id)
                | Change::Postponed(id)
                | Change::Restored(id) => of_item(kind, id, vec![]),
                Change::PaperAdded(id)
                | Change::PaperReplaced(id)
                | Change::PaperMoved(id)
                | Change::PaperWithdrawn(id) => of_paper(kind, id),
            }
        };
        compare(old, new).into_iter().map(view).collect()
    }

    fn proposal(&self) -> ProposalView {
        let proposal = propose(self.state);
        let ids = |items: Vec<cabinet_domain::ItemId>| items.iter().map(ToString::to_string).collect();
        ProposalView {
            block: ids(proposal.block),
            block_left: ids(proposal.block_left),
            to_discuss: proposal
                .to_discuss
                .into_iter()
                .map(|(item, people)| {
                    (item.to_string(), people.iter().map(|p| ledger_person(*p).to_string()).collect())
                })
                .collect(),
            unanswered: ids(proposal.unanswered),
        }
    }

    pub(super) fn quorum(&self) -> Option<QuorumView> {
        let rules = self.state.pinned(self.laptop.law())?.rules;
        let quorum = self.state.quorum(rules)?;
        Some(QuorumView { present: quorum.present, needed: quorum.needed, members: quorum.members })
    }

    fn shown(&self) -> Option<(String, u32)> {
        let (paper, page) = self.state.shown?;
        Some((self.paper_hash(paper)?, page))
    }

    /// By which a page of a paper is asked for.
    pub(super) fn paper_hash(&self, paper: PaperId) -> Option<String> {
        match self.state.issued()?.content.fields.get(&Field::Paper(paper)) {
            Some(Value::Paper(filed)) => match &filed.content {
                PaperContent::Sealed(paper) => Some(paper.hash.to_string()),
                PaperContent::OnPaper { .. } => None,
            },
            _ => None,
        }
    }

    pub(super) fn speeches(&self) -> Vec<SpeechView> {
        let view = |s: &cabinet_domain::Speech| SpeechView {
            person: ledger_person(s.person).to_string(),
            office: self.names.office(s.person),
            item: s.item.map(|i| i.to_string()),
            begun_at: s.begun_at.map(|at| at.0),
            ended_at: s.ended_at.map(|at| at.0),
        };
        self.state.speeches.iter().map(view).collect()
    }
}

/// What a person did that the screen of a session shows nowhere else, once it came to nothing.
fn is_told_here(act: &SessionAct) -> bool {
    use SessionAct::*;
    let is_of_session =
        matches!(act, Issued { .. } | CalledOff { .. } | Opened(_) | Closed | Replied(_) | Consented { .. });
    let is_of_person = matches!(act, Positioned { .. } | CheckedIn { .. } | Marked { .. } | SpeechAsked { .. });
    let is_of_item = matches!(act, ItemBegun { .. } | ItemEnded { .. } | Concluded { .. } | SpeechBegun { .. });
    is_of_session || is_of_person || is_of_item || matches!(act, VoteOpened { .. } | Pulled { .. } | Counted(_))
}
