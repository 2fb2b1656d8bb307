//! Who reads what is private, where grants say so.

use super::*;

#[test]
fn a_court_reads_and_finds_sealed_cases_of_its_own_where_grants_say_so() {
    let registry = registry(&[(COURT, "LASC-CJC"), (OTHER_COURT, "SFSC")], None);
    let reader = |who| Reader {
        registry: Some(&registry),
        ..reader(who)
    };
    let stream = sealed();
    let purpose = Some(ReadPurpose::CourtProceeding);
    assert!(reader(COURT).reads(stream.state(), purpose).is_ok());
    assert!(reader(COURT).finds(stream.state()));
    let refused = reader(OTHER_COURT).reads(stream.state(), purpose);
    assert_eq!(refused.unwrap_err().rule(), "OUTSIDE_COURTS");
    assert!(!reader(OTHER_COURT).finds(stream.state()));
    let unknown = reader(DEFENDER).reads(stream.state(), purpose);
    assert_eq!(unknown.unwrap_err().rule(), "POSTER_NOT_REGISTERED");
}

#[test]
fn what_no_place_is_known_of_is_read_by_who_stated_it_and_by_whoever_reads_everywhere() {
    let courts = [(COURT, "LASC-CJC"), (OTHER_COURT, "SFSC"), (DEFENDER, "")];
    let registry = registry(&courts, None);
    let held = CaseState::default();
    let reads = |who, stated| {
        let reader = Reader {
            registry: Some(&registry),
            stated,
            ..reader(who)
        };
        let read = reader.reads(&held, None);
        read.map_err(|rejection| rejection.rule())
    };
    assert_eq!(reads(COURT, true), Ok(Reading::Open));
    assert_eq!(reads(OTHER_COURT, false), Err("READER_NOT_ALLOWED"));
    assert_eq!(reads(DEFENDER, false), Ok(Reading::Open));
    assert_eq!(reads(DA, true), Err("POSTER_NOT_REGISTERED"));
}
