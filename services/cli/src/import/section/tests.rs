use caseledger_domain::vocabulary::Family;

use super::*;

fn check(description: &str, text: &str, family: Family) {
    let section = parse(description).unwrap_or_else(|| panic!("{description}"));
    assert_eq!(
        (section.text.as_str(), section.family),
        (text, family),
        "{description}"
    );
    // The normal form reads as itself.
    let again = parse(section.text.as_str()).unwrap();
    assert_eq!(again, section, "{description}");
}

#[test]
fn reads_sections_as_clerks_write_them() {
    use Family::{Cultivation, Other, Possession, Predecessor, Related, SalePossession, Transport};
    check("11358 HS-CULTIVATE CANNABIS", "HS 11358", Cultivation);
    check("11357(C)HS-POSSESS MARIJUANA", "HS 11357(c)", Possession);
    check("11357(b)HS-POSSESS MARIJUANA", "HS 11357(b)", Possession);
    check("11359HS-INTENT SELL CANNABIS", "HS 11359", SalePossession);
    check("11357 HS-NO SPECIFIED SUBSECTION", "HS 11357", Possession);
    check("11357B HS", "HS 11357b", Possession);
    check(
        "11360(A)(3)(C) HS-TRANSPORT",
        "HS 11360(a)(3)(C)",
        Transport,
    );
    check("H&S 11360 (a)", "HS 11360(a)", Transport);
    check("HS11358", "HS 11358", Cultivation);
    check("11358", "HS 11358", Cultivation);
    check(
        "664/11359 HS-ATTEMPT POSS FOR SALE",
        "HS 664/11359",
        SalePossession,
    );
    check("11530.5 HS-POSS FOR SALE", "HS 11530.5", Predecessor);
    check("11530 H&S", "HS 11530", Predecessor);
    check("11357.5 HS-SYNTHETIC CANNABINOID", "HS 11357.5", Other);
    check("11361(A) HS-USE MINOR", "HS 11361(a)", Other);
    check("11358 BP-SOMETHING ELSE", "BP 11358", Other);
    check("4149 BP - UNLICENSED SALE", "BP 4149", Related);
    check(" 148 PC - RESISTING", "PC 148", Related);
    check("647(F) PC-DISORDERLY", "PC 647(f)", Related);
    check("647(B) PC-OTHER", "PC 647(b)", Other);
    check("314(1) PC-INDECENT EXPOSURE", "PC 314(1)", Other);
    check("220 PC- COMMIT MAYHEM", "PC 220", Other);
    check("503 VC-TAKE CAR", "VC 503", Other);
    check("653FPC", "PC 653f", Other);
    check("273AB PC", "PC 273ab", Other);
    check("667(E)(2)(C)(IV) PC-STRIKES", "PC 667(e)(2)(C)(iv)", Other);
    check("503", "503", Other);
}

#[test]
fn finds_no_section_where_there_is_none() {
    for text in [
        "",
        "   ",
        "SEE COMMENT FOR CHARGE",
        "-11358 HS",
        "(A) HS",
        "123456789 HS",
        "POSSESSION 11358",
        "11358/HS",
        "\u{e9}11358",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn prefers_a_cannabis_section_named_further_on() {
    for (description, text) in [
        ("182(A)(1) PC/11359 HS-CONSPIRACY", "HS 11359"),
        ("POSSESSION 11357(C)", "HS 11357(c)"),
        ("182 PC-CONSPIRACY 11359", "PC 182"),
        ("11358 HS-X", "HS 11358"),
    ] {
        let section = of_description(description).unwrap();
        assert_eq!(section.text.as_str(), text, "{description}");
    }
}

#[test]
fn finds_cannabis_sections_inside_comments() {
    for (comment, text) in [
        ("COUNT 2: 11359 HS DISMISSED", "HS 11359"),
        ("SCN-12345 PLED TO 32 PC FROM 11358", "HS 11358"),
        ("AMENDED FROM H&S 11357(B)", "HS 11357(b)"),
        ("\u{f1}11360(A)HS", "HS 11360(a)"),
    ] {
        let found = cannabis_in(comment).unwrap_or_else(|| panic!("{comment}"));
        assert_eq!(found.text.as_str(), text, "{comment}");
    }
    for comment in [
        "",
        "DOCKET 9113581",
        "113580",
        "11357.5 HS",
        "11358 PC",
        "0.11358",
    ] {
        assert_eq!(cannabis_in(comment), None, "{comment}");
    }
}

#[test]
fn counts_superstrikes_by_section_and_subdivision() {
    for yes in [
        "187 PC-MURDER",
        "220 PC",
        "245(D)(3) PC",
        "288(A) PC",
        "288A(C)(2)(A) PC",
        "653F PC",
        "18755 PC",
        "1672(A) MV",
    ] {
        assert!(parse(yes).unwrap().superstrike, "{yes}");
    }
    for no in [
        "245(A)(1) PC",
        "288(C) PC",
        "187 HS",
        "11418 PC",
        "459 PC",
        "1672(B) MV",
    ] {
        assert!(!parse(no).unwrap().superstrike, "{no}");
    }
}
