//! The rules against the oracle, which shares no line with them.

use cabinet_domain::{Ballots, Decision, PrimeMinister, RuleSet, decide};
use ecabinet_tests::chance::Chance;
use ecabinet_tests::oracle::{Said, outcome};

#[test]
fn oracle_agrees_on_100_000_random_forms() {
    let text = include_str!("../../assets/rules/nd191-2026.toml");
    let with = RuleSet::parse(text).unwrap();
    let without =
        RuleSet::parse(&text.replace("tie_overrides_majority = true", "tie_overrides_majority = false")).unwrap();
    let mut chance = Chance::new(2026);
    let mut adopted = 0;
    for _ in 0..100_000 {
        let members = 1 + chance.below(40) as usize;
        let all = [
            Said::NotAsked,
            Said::Silent,
            Said::Silent,
            Said::Yes,
            Said::Yes,
            Said::No,
            Said::No,
            Said::No,
            Said::Other,
        ];
        let said: Vec<Said> = (0..members).map(|_| *chance.pick(&all)).collect();
        let (pm, overrides) = (chance.below(members as u64) as usize, chance.percent(70));
        let expected = outcome(&said, Some(pm), overrides);
        let prime_minister = match said[pm] {
            Said::Yes | Said::Silent => PrimeMinister::Yes,
            Said::No => PrimeMinister::No,
            _ => PrimeMinister::Neither,
        };
        let yes = expected.agreed + expected.deemed;
        let ballots = Ballots { members: members as u32, yes, no: expected.disagreed, prime_minister };
        let decision = decide(ballots, if overrides { &with } else { &without }).0;
        assert_eq!(decision == Decision::Adopted, expected.adopted, "{said:?} {pm} {overrides}");
        adopted += usize::from(expected.adopted);
    }
    assert!((10_000..90_000).contains(&adopted), "{adopted}: the forms are not varied enough");
}
