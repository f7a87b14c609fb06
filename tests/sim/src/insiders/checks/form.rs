//! A form: nobody did what they may not, and every honest answer counts as it was given.

use super::{has, honest, last_signed, record_recounts, void};
use crate::insiders::{Actor, Play};
use crate::story::STAFF;
use cabinet_acts::kind;
use cabinet_domain::{AnswerStatus, Choice, FormPhase, QuestionResult, Verdict};
use cabinet_ledger::*;
use cabinet_meaning::{domain_entry, domain_person, ledger_entry, ledger_person};
use std::collections::BTreeMap;

/// Whether what a hostile act did to a form was within its author's rights, and every honest answer counts as it was given.
pub fn form_is_right(play: &Play, space: SpaceId, f: &mut Vec<String>) {
    let world = &play.world;
    let laptop = &world.laptops[STAFF].laptop;
    let Ok(state) = laptop.form(space) else { return f.push("a form can't be read".into()) };
    let Some(control) = laptop.control(space).ok().flatten() else { return };
    if !control.is_known() || state.needs_newer_app.is_some() {
        // A secretary may raise a version; nobody else can.
        if !has(play, Actor::Secretary) {
            f.push("somebody who is no secretary stopped a form".into());
        }
        return;
    }
    let ledger = world.ledger(space);
    let register = laptop.register().unwrap();
    let author = |device: DeviceId| register.devices.get(&device).map(|d| d.person);
    let accepted = |e: &EntryId| state.verdict(domain_entry(*e)) == Some(&Verdict::Accepted);
    for (signed, stamp) in ledger.iter().filter(|(s, _)| accepted(&s.header.id)) {
        let Some(person) = signed.header.device().and_then(author) else { continue };
        let roles = register.roles_at(person, stamp.register.seq);
        let may = match signed.header.kind {
            kind::DRAFTED | kind::ISSUED | kind::EXTENDED | kind::RECALLED => roles & role::SECRETARY != 0,
            kind::APPROVED => roles & (role::SECRETARY | role::CHAIR) != 0,
            kind::ANSWERED => play.people.contains(&person),
            kind::SPOILED | kind::PUBLISHED => roles & role::TELLER != 0,
            kind::OPENED => roles & (role::TELLER | role::MEMBER) != 0,
            kind::CLOSED | kind::SETTLED => true,
            k => control_kind(k),
        };
        if !may {
            f.push(format!("an act of kind {} by somebody with roles {roles} counted", signed.header.kind));
        }
    }
    if matches!(state.phase, FormPhase::Recalled { .. }) {
        return;
    }
    // A secretary or the chair may write and approve anew before it is sent; a hub may refuse what is right, which is told.
    let may_hold_up = has(play, Actor::Secretary) || has(play, Actor::Chair) || has(play, Actor::Hub);
    let Some(issue) = &state.issue else {
        f.extend((!may_hold_up).then(|| format!("a form ended as {:?}", state.phase)));
        return;
    };
    let FormPhase::Closed { at } = state.phase else {
        f.extend((!has(play, Actor::Hub)).then(|| format!("a form ended as {:?}", state.phase)));
        return;
    };
    let deadline = state.deadline.unwrap();
    let is_complete = play.people.iter().all(|p| state.standing(domain_person(*p)).is_some());
    if at < deadline && !is_complete {
        f.push("a form was closed before its deadline".into());
    }
    if issue.content.title != "Dự thảo Nghị định 1" {
        f.push("other contents were sent than what was approved".into());
    }
    let closed = ledger.iter().find(|(s, _)| s.header.kind == kind::CLOSED && accepted(&s.header.id));
    let closed_seq = closed.map_or(u64::MAX, |(_, stamp)| stamp.seq);
    let issued = state.issued_as.map(ledger_entry);
    let void = void(play, space);
    let honest_devices: BTreeMap<DeviceId, usize> =
        honest(play).into_iter().map(|n| (world.laptops[n].laptop.me().unwrap().device, n)).collect();
    let counts = |(signed, stamp): &&(Signed, StampV1)| {
        let is_answer = signed.header.kind == kind::ANSWERED && signed.header.about == issued;
        let is_in_time = stamp.at_ms as i64 <= deadline.0 && stamp.seq < closed_seq;
        let is_honest = signed.header.device().is_some_and(|d| honest_devices.contains_key(&d));
        let id = signed.header.id;
        is_answer && is_in_time && is_honest && world.signed.contains(&id) && !void.contains(&id)
    };
    let answers = ledger.iter().filter(counts);
    let wanted = last_signed(answers.filter_map(|(signed, _)| Some((author(signed.header.device()?)?, signed))));
    for (n, person) in play.people.iter().enumerate() {
        let standing = state.standing(domain_person(*person));
        let is_out = register.devices_of(*person).next().is_none();
        let is_honest = honest_devices.values().any(|l| world.laptops[*l].laptop.me().unwrap().person == *person);
        match (wanted.get(person), standing) {
            _ if !is_honest || is_out => {}
            (None, None) => {}
            (Some(entry), Some(found)) if ledger_entry(found.entry) == *entry => {
                let says = found.opened.as_ref().map(|a| a.questions[0].choice);
                let said = [Choice::Agree, Choice::Disagree, Choice::Other][world.answers[&found.entry] as usize - 1];
                if says != Some(said) || found.is_spoiled {
                    f.push(format!(
                        "member {n} said {said:?}, and it counts as {says:?} (spoiled {})",
                        found.is_spoiled
                    ));
                }
            }
            (wanted, standing) => {
                let status =
                    wanted.map(|e| state.answers.iter().find(|a| ledger_entry(a.entry) == *e).map(|a| a.status));
                let standing = standing.map(|s| (s.entry, s.status == AnswerStatus::Standing));
                f.push(format!("member {n} answered as {wanted:?} ({status:?}), and {standing:?} counts"));
            }
        }
    }
    let Some(result) = &state.result else {
        f.extend((!has(play, Actor::Hub)).then(|| "a form ended without a result".to_owned()));
        return;
    };
    // Among few a second of them stands behind it: who is hostile can hold that up, if nobody else is left.
    let is_left = |n: &usize| {
        let roles = world.laptops[*n].laptop.my_roles();
        *n != STAFF && roles & (role::TELLER | role::CHAIR) != 0
    };
    if !state.is_settled() && !has(play, Actor::Hub) && (!state.is_for_few() || honest(play).iter().any(is_left)) {
        f.push("a result was never settled".into());
    }
    let counted = |q: &QuestionResult| q.agreed + q.deemed + q.disagreed + q.other;
    let asked = play.people.len() - state.prevented.len();
    if result.questions.iter().any(|q| counted(q) as usize != asked) {
        f.push(format!("{asked} were asked, and the result is {:?}", result.questions));
    }
    let prevented_wrongly = state.prevented.iter().filter(|p| register.devices_of(ledger_person(**p)).next().is_some());
    f.extend(prevented_wrongly.map(|_| "a member whose laptop works counts as prevented".to_owned()));
    if state.is_settled() {
        record_recounts(play, space, f, |found| found.form_result() == Some(result));
    }
}
