//! The programmes as they are played. Figures are those of the announcements; what no announcement
//! says is invented.

use caseledger_client::pb::event::v1::Source;
use caseledger_domain::vocabulary::LegalBasis;

use super::list::Programme;
use crate::gen_data::Shape;

/// The review of state repository data, ordered in February 2020.
pub(super) const LA_2020: Programme = Programme {
    shape: Shape::La2020Doj,
    basis: LegalBasis::Hs113619,
    lead: "lada",
    opened_on: 2019_06_28,
    challenge_deadline: Some(2020_07_01),
    source: Source::StateRepository,
    listed_for: Some("lada"),
};

/// The review of court records, announced on 27 September 2021.
pub(super) const LA_2021: Programme = Programme {
    shape: Shape::La2021Court,
    basis: LegalBasis::Stipulated,
    lead: "lada",
    opened_on: 2021_08_16,
    challenge_deadline: None,
    source: Source::CourtRecords,
    listed_for: None,
};

/// A county that is played in brief.
#[derive(Clone, Copy, Debug)]
pub(super) struct County {
    /// The programme.
    pub(super) programme: Programme,
    /// Organisation of its superior court.
    pub(super) court_org: &'static str,
    /// Code of its superior court.
    pub(super) court: &'static str,
    /// So many in so many of its cases are done; the others wait for the court.
    pub(super) done: (usize, usize),
}

const fn county(
    shape: Shape,
    lead: &'static str,
    opened_on: u32,
    (court_org, court): (&'static str, &'static str),
    done: (usize, usize),
) -> County {
    let programme = Programme {
        shape,
        basis: LegalBasis::Hs113619,
        lead,
        opened_on,
        challenge_deadline: None,
        source: Source::ProsecutorRecords,
        listed_for: None,
    };
    County {
        programme,
        court_org,
        court,
        done,
    }
}

/// San Francisco as a closed example, and the counties that the press named.
pub(super) const COUNTIES: &[County] = &[
    county(
        Shape::Sf2018,
        "sfda",
        2018_01_31,
        ("sfsc", "SFSC-HOJ"),
        (1, 1),
    ),
    // Of 2,080 left in April 2023, 2,028 were cleared by July; of San Diego's 1,696, 1,506.
    county(
        Shape::Alameda,
        "alcoda",
        2023_04_03,
        ("alsc", "ALSC"),
        (2_028, 2_080),
    ),
    county(
        Shape::SanDiego,
        "sdda",
        2023_01_09,
        ("sdsc", "SDSC"),
        (1_506, 1_696),
    ),
    county(
        Shape::ContraCosta,
        "ccda",
        2020_01_13,
        ("ccsc", "CCSC"),
        (1, 1),
    ),
    county(
        Shape::Nevada,
        "nevcoda",
        2020_01_13,
        ("nvsc", "NVSC"),
        (1, 1),
    ),
    county(
        Shape::Sacramento,
        "sacda",
        2020_01_13,
        ("sasc", "SASC"),
        (1, 1),
    ),
    county(
        Shape::SantaCruz,
        "sczda",
        2020_01_13,
        ("sczsc", "SCZSC"),
        (1, 1),
    ),
];
