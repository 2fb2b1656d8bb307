//! What an entry may add to what was posted, and what not.

use caseledger_proto::pb::event::v1::{
    AnnouncementPublished, CaseIdentified, ConfirmationHeld, Figure, FilingAccepted, Frozen,
    InitiativeOpened, OrderIssued, SightingAdded,
};

use super::*;

fn fact(kind: Kind) -> Fact {
    Fact { kind: Some(kind) }
}

fn accepted(filing: &[u8]) -> Fact {
    let filing = filing.to_vec();
    fact(Kind::FilingAccepted(FilingAccepted {
        filing,
        received_on: 20_210_901,
    }))
}

fn post(fact: Fact) -> v1::Post {
    let filing = Some(v1::FilingReference::default());
    let references = Some(v1::References {
        filing,
        ..v1::References::default()
    });
    v1::Post {
        occurred_on: 20_210_927,
        fact: Some(fact),
        references,
        ..v1::Post::default()
    }
}

fn event(fact: Fact) -> Event {
    Event {
        occurred_on: 20_210_927,
        fact: Some(fact),
        ..Event::default()
    }
}

#[test]
fn an_identifier_is_filled_in_where_it_was_asked_for() {
    assert!(covers(&accepted(&[]), &accepted(&[7; 16]), 1));
    assert!(
        !covers(&accepted(&[]), &accepted(&[7; 16]), 0),
        "nobody asked"
    );
    assert!(
        !covers(&accepted(&[]), &accepted(&[7; 15]), 1),
        "no identifier"
    );
    assert!(
        !covers(&accepted(&[8; 16]), &accepted(&[7; 16]), 1),
        "another identifier"
    );
    assert!(!covers(&accepted(&[7; 16]), &accepted(&[]), 1), "left out");
}

#[test]
fn nothing_posted_may_be_changed() {
    let opened = |lead: &str, counties: &[u32]| {
        let (lead, counties) = (lead.to_owned(), counties.to_vec());
        fact(Kind::InitiativeOpened(InitiativeOpened {
            lead,
            counties,
            ..Default::default()
        }))
    };
    assert!(covers(&opened("lada", &[37]), &opened("lada", &[37]), 0));
    assert!(
        !covers(&opened("lada", &[37]), &opened("alad", &[37]), 0),
        "same letters"
    );
    assert!(!covers(&opened("lada", &[37]), &opened("lada", &[38]), 0));
    assert!(!covers(
        &opened("lada", &[37]),
        &opened("lada", &[37, 38]),
        0
    ));
    assert!(
        !covers(&opened("", &[37]), &opened("lada", &[37]), 3),
        "an addition"
    );
}

#[test]
fn lists_of_codes_are_sets() {
    let issued = |effects: &[i32]| {
        let effects = effects.to_vec();
        fact(Kind::OrderIssued(OrderIssued {
            effects,
            ..Default::default()
        }))
    };
    assert!(covers(&issued(&[3, 1, 1]), &issued(&[1, 3]), 0));
    assert!(!covers(&issued(&[3, 1]), &issued(&[1, 2]), 0));
}

#[test]
fn a_confirmation_may_be_held_for_its_case() {
    let held = |inner: Fact| {
        let held = ConfirmationHeld {
            fact: Some(Box::new(inner)),
            ..Default::default()
        };
        event(fact(Kind::ConfirmationHeld(Box::new(held))))
    };
    assert!(states(&post(accepted(&[])), &held(accepted(&[1; 16]))));
    let other = fact(Kind::FilingAccepted(FilingAccepted::default()));
    assert!(!states(&post(accepted(&[])), &held(other)));
}

#[test]
fn every_post_is_stated_in_order_and_nothing_else_in_our_name() {
    let (one, two) = (accepted(&[1; 16]), accepted(&[2; 16]));
    let posts = [post(one.clone()), post(two.clone())];
    let added = event(fact(Kind::SightingAdded(SightingAdded::default())));
    let (one, two) = (event(one), event(two));
    assert_eq!(states_all(&posts, &[one.clone(), two.clone()]), Ok(()));
    assert_eq!(
        states_all(&posts, &[one.clone(), added.clone(), two.clone(), added]),
        Ok(())
    );
    assert_eq!(states_all(&posts, &[two.clone(), one.clone()]), Err(0));
    assert_eq!(states_all(&posts, std::slice::from_ref(&one)), Err(1));
    assert_eq!(states_all(&posts, &[one.clone(), two, one]), Err(2));
}

#[test]
fn named_charges_stand_in_the_event() {
    let mut post = post(accepted(&[1; 16]));
    let list = v1::ChargeList { ids: vec![2, 1, 2] };
    post.scope = Some(v1::Scope {
        scope: Some(v1::scope::Scope::Charges(list)),
    });
    let mut event = event(accepted(&[1; 16]));
    event.charges = vec![1, 2];
    assert!(states(&post, &event));
    event.charges = vec![1, 3];
    assert!(!states(&post, &event));
}

#[test]
fn a_known_case_becomes_a_sighting() {
    let identified = fact(Kind::CaseIdentified(CaseIdentified::default()));
    let sighted = event(fact(Kind::SightingAdded(SightingAdded::default())));
    assert!(states(&post(identified), &sighted));
    assert!(!states(&post(accepted(&[])), &sighted));
}

fn announced(stage: i32, value: Option<u64>, frozen: Option<Frozen>) -> Fact {
    let figure = |label: &str| Figure {
        label: label.to_owned(),
        stage,
        unit: 1,
        value,
        of: value.map(|value| value + 8),
        ..Figure::default()
    };
    fact(Kind::AnnouncementPublished(AnnouncementPublished {
        sheet: Some(Sheet {
            reference: "NEWS".to_owned(),
            figures: vec![figure("ONE"), figure("TWO")],
            frozen,
        }),
    }))
}

#[test]
fn figures_are_filled_in_and_those_stated_are_those_recorded() {
    let frozen = Some(Frozen {
        size: 7,
        root: vec![1; 32],
    });
    let recorded = announced(5, Some(66), frozen);
    assert!(covers(&announced(5, None, None), &recorded, 0));
    assert!(covers(&announced(5, Some(66), None), &recorded, 0));
    assert!(
        !covers(&announced(5, Some(67), None), &recorded, 0),
        "another value"
    );
    assert!(
        !covers(&announced(4, None, None), &recorded, 0),
        "another stage"
    );
    let mut fewer = announced(5, None, None);
    if let Some(sheet) = sheet_mut(&mut fewer) {
        sheet.figures.pop();
    }
    assert!(!covers(&fewer, &recorded, 0), "a figure too many");
}
