//! Synthetic lists: the same bytes from the same seed on every machine, and obviously nobody's.
//!
//! Case numbers read `SYN-LA-000001`, state identification numbers `X00000001`, agency codes
//! `CAZZ37J01`. How many cases, felonies, misdemeanors and people there are is exact
//! ([`Shape::figures`]); which case gets what is drawn from the seed. Every case is computed from
//! its number alone, so that cases need no memory and come in a fixed order: by person.

use caseledger_domain::vocabulary::{Family, Severity, Supervision};
use caseledger_domain::{Charge, ChargeId, Date, OrgId, Text};

use crate::gen_data::random::Random;
use crate::gen_data::shape::{City, CourtSpec, Spec, code, day, office};
use crate::import::plan::Details;
use crate::import::{Format, ImportedCase, PersonKey, Private};

mod random;
mod shape;
mod write;

pub(crate) use shape::{Figures, Shape, Size};
pub(crate) use write::{write_court, write_doj};

/// The cases of a shape, in order of people.
///
/// The same shape, size and seed give the same cases; another seed gives other cases of the same
/// [`Figures`].
pub(crate) fn cases(shape: Shape, size: Size, seed: u64) -> impl Iterator<Item = SyntheticCase> {
    let plan = Plan::new(shape, size, seed);
    (0..plan.figures.cases).map(move |serial| plan.case(serial))
}

/// An invented case.
#[derive(Clone, Debug)]
pub(crate) struct SyntheticCase {
    spec: Spec,
    serial: u32,
    /// Number of the person over all shapes.
    person: u32,
    court: CourtSpec,
    city: Option<City>,
    convicted_on: Date,
    convictions: Vec<Conviction>,
}

/// An invented conviction, with how a state extract would tell it.
#[derive(Clone, Copy, Debug)]
struct Conviction {
    charge: Charge,
    /// `11358 HS-CULTIVATE CANNABIS`.
    description: &'static str,
    /// Length of the sentence.
    months: u16,
    /// The sentence stands on two rows.
    in_two_parts: bool,
    /// The status column is blank; the type of the offence says the grade.
    blank_status: bool,
}

impl SyntheticCase {
    /// Number within the data set, from 0; what an import of the written file gives as ordinal.
    pub(crate) const fn serial(&self) -> u32 {
        self.serial
    }

    /// The docket number.
    pub(crate) fn case_number(&self) -> String {
        format!("SYN-{}-{:06}", self.spec.prefix, self.serial + 1)
    }

    /// The defendant within the docket number: the subject of an extract.
    pub(crate) fn defendant(&self) -> String {
        format!("9{:09}", self.person)
    }

    /// The state identification number, the same for the same person in every data set.
    pub(crate) fn person_id(&self) -> String {
        format!("X{:08}", self.person)
    }

    /// The name of the person, which nobody takes for a real one.
    pub(crate) fn name(&self) -> String {
        format!("SYNTHETIC,PERSON {:06}", self.person)
    }

    /// The court.
    pub(crate) fn court(&self) -> Text<16> {
        code(self.court.code)
    }

    /// FIPS county number within the state.
    pub(crate) const fn county(&self) -> u16 {
        self.spec.county
    }

    /// The prosecuting agency.
    pub(crate) fn agency(&self) -> OrgId {
        office(self.city.map_or(self.spec.agency, |city| city.office))
    }

    /// The day of all its convictions.
    #[cfg(test)]
    pub(crate) const fn convicted_on(&self) -> Date {
        self.convicted_on
    }

    /// Its charges, numbered from 1.
    pub(crate) fn charges(&self) -> impl Iterator<Item = Charge> {
        self.convictions.iter().map(|conviction| conviction.charge)
    }

    /// What an import of the written file makes of the case, with its place in the data set in
    /// place of the line.
    pub(crate) fn imported(&self) -> ImportedCase {
        ImportedCase {
            ordinal: u64::from(self.serial),
            lines: vec![self.serial + 1],
            case_number: Private::new(&self.case_number()),
            defendant: Private::new(&self.defendant()),
            person: Some(PersonKey {
                issuer: code("CA-CII"),
                id: Private::new(&self.person_id()),
            }),
            details: Details::of_row(&self.name(), None),
            court: self.court(),
            county: self.county(),
            agency: self.agency(),
            charges: self.charges().collect(),
        }
    }
}

/// What is computed once for a data set.
struct Plan {
    shape: Shape,
    spec: Spec,
    figures: Figures,
    /// People of [`Shape::La2020Doj`] at the same size.
    people_of_la_2020: u32,
    /// `multiplier` and `offset` shuffle the numbers below `figures.cases`.
    multiplier: u32,
    offset: u32,
    seed: u64,
}

impl Plan {
    fn new(shape: Shape, size: Size, seed: u64) -> Self {
        let figures = shape.figures(size);
        let seed = Random::new(seed, shape as u64).next();
        let mut random = Random::new(seed, u64::from(u32::MAX) + 1);
        // About three fifths: neighbours fall far apart.
        let mut multiplier = figures.cases / 5 * 3 + random.below(figures.cases / 10 + 1);
        while gcd(multiplier, figures.cases) > 1 {
            multiplier += 1;
        }
        Self {
            shape,
            spec: shape.spec(),
            figures,
            people_of_la_2020: Shape::La2020Doj.figures(shape.size_of_la_2020(size)).people,
            multiplier,
            offset: random.below(figures.cases),
            seed,
        }
    }

    fn case(&self, serial: u32) -> SyntheticCase {
        let mut random = Random::new(self.seed, u64::from(serial));
        // A permutation, so that exactly so many cases are felonies, and each city has its share.
        let shuffled = (u64::from(serial) * u64::from(self.multiplier) + u64::from(self.offset))
            % u64::from(self.figures.cases);
        let shuffled = shuffled as u32;
        let felony = shuffled < self.figures.felonies;
        let convicted_on = if shuffled == 0 {
            day(self.spec.days.0)
        } else {
            self.day(&mut random)
        };
        let courts = self.spec.courts;
        let court = random.below(courts.len() as u32) as usize;
        SyntheticCase {
            spec: self.spec,
            serial,
            person: self.person(serial),
            court: courts.get(court).copied().unwrap_or(FALLBACK_COURT),
            city: (!felony)
                .then(|| self.city(shuffled - self.figures.felonies))
                .flatten(),
            convicted_on,
            convictions: self.convictions(felony, convicted_on, &mut random),
        }
    }

    /// Spreads the cases evenly over the people: each has at least one.
    fn person(&self, serial: u32) -> u32 {
        let share = |part: u32, of: u32, whole: u32| {
            (u64::from(part) * u64::from(of) / u64::from(whole.max(1))) as u32
        };
        let Figures {
            cases,
            people,
            shared_people: shared,
            ..
        } = self.figures;
        let person = share(serial, people, cases);
        let rank = share(person, shared, people);
        if share(person + 1, shared, people) > rank {
            return share(rank, self.people_of_la_2020, shared);
        }
        // Ten million numbers for each shape.
        self.shape as u32 * 10_000_000 + person
    }

    fn day(&self, random: &mut Random) -> Date {
        let (first, last) = (day(self.spec.days.0), day(self.spec.days.1));
        let span = u32::try_from(last.days() - first.days()).unwrap_or_default();
        Date::from_days(first.days() + i64::from(random.below(span + 1))).unwrap_or(first)
    }

    /// The city of a misdemeanor by its rank among them: whole blocks, rounded up one after the
    /// other.
    fn city(&self, rank: u32) -> Option<City> {
        let total: u32 = self.spec.cities.iter().map(|city| city.cases).sum();
        let mut before = 0;
        self.spec.cities.iter().copied().find(|city| {
            before += city.cases;
            let end = u64::from(before) * u64::from(self.figures.misdemeanors);
            u64::from(rank) < end.div_ceil(u64::from(total.max(1)))
        })
    }

    fn convictions(&self, felony: bool, on: Date, random: &mut Random) -> Vec<Conviction> {
        let main = self.offences(felony, on);
        let mut offences = vec![pick(main, random)];
        let others = if felony {
            OTHER_FELONIES
        } else {
            OTHER_MISDEMEANORS
        };
        // About 1.2 charges a case, each of another section.
        for (chance, table) in [(12, main), (12, others)] {
            let further = pick(table, random);
            if random.percent(chance) && offences.iter().all(|o| o.section != further.section) {
                offences.push(further);
            }
        }
        let severity = if felony {
            Severity::Felony
        } else {
            Severity::Misdemeanor
        };
        let serving =
            random.percent(2) && (day(self.spec.as_of).days() - on.days()) < YEARS_SERVED_MAX * 365;
        (1..)
            .zip(offences)
            .map(|(id, offence)| Conviction {
                charge: Charge {
                    id: ChargeId(id),
                    section: code(offence.section),
                    family: offence.family,
                    severity,
                    conviction_year: on.year(),
                    counts: 1,
                    sentence: if serving {
                        Supervision::Serving
                    } else {
                        Supervision::Completed
                    },
                    in_comment_only: self.spec.format == Format::Doj
                        && offence.family.is_cannabis()
                        && random.percent(1),
                },
                description: offence.description,
                months: if serving {
                    MONTHS_SERVING
                } else {
                    3 << random.below(3)
                },
                in_two_parts: random.percent(30),
                blank_status: random.percent(5),
            })
            .collect()
    }

    fn offences(&self, felony: bool, on: Date) -> &'static [Offence] {
        match (felony, self.spec.format) {
            // The sections were renumbered in 1972.
            (true, _) if on.year() < 1972 => FELONIES_BEFORE_1972,
            (false, _) if on.year() < 1972 => MISDEMEANORS_BEFORE_1972,
            (true, Format::Doj) => FELONIES,
            // "Felony possession or cultivation".
            (true, Format::Court) => FELONIES_OF_POSSESSION,
            (false, _) => MISDEMEANORS,
        }
    }
}

/// A sentence that is being served was pronounced less than so long ago.
const YEARS_SERVED_MAX: i64 = 9;

/// Its length.
const MONTHS_SERVING: u16 = 120;

/// For a shape without courts, of which there is none.
const FALLBACK_COURT: CourtSpec = CourtSpec {
    code: "SYN-COURT",
    ori: "CAZZ00J01",
};

/// An offence in normal form and as an extract describes it.
struct Offence {
    section: &'static str,
    family: Family,
    description: &'static str,
}

const fn offence(section: &'static str, family: Family, description: &'static str) -> Offence {
    Offence {
        section,
        family,
        description,
    }
}

const FELONIES: &[Offence] = &[
    offence(
        "HS 11359",
        Family::SalePossession,
        "11359 HS-POSSESS MARIJUANA FOR SALE",
    ),
    offence(
        "HS 11360(a)",
        Family::Transport,
        "11360(A) HS-SELL/TRANSPORT MARIJUANA",
    ),
    offence(
        "HS 11358",
        Family::Cultivation,
        "11358 HS-CULTIVATE MARIJUANA",
    ),
    offence(
        "HS 11357(a)",
        Family::Possession,
        "11357(A)HS-POSSESS CONCENTRATED CANNABIS",
    ),
];

const FELONIES_OF_POSSESSION: &[Offence] = &[
    offence(
        "HS 11357(a)",
        Family::Possession,
        "11357(A)HS-POSSESS CONCENTRATED CANNABIS",
    ),
    offence(
        "HS 11358",
        Family::Cultivation,
        "11358 HS-CULTIVATE MARIJUANA",
    ),
];

const MISDEMEANORS: &[Offence] = &[
    offence(
        "HS 11357(b)",
        Family::Possession,
        "11357(B) HS-POSSESS MARIJUANA",
    ),
    offence(
        "HS 11357(c)",
        Family::Possession,
        "11357(C)HS-POSSESS MARIJUANA",
    ),
    offence(
        "HS 11360(b)",
        Family::Transport,
        "11360(B) HS-GIVE/TRANSPORT MARIJUANA",
    ),
];

const FELONIES_BEFORE_1972: &[Offence] = &[
    offence(
        "HS 11530",
        Family::Predecessor,
        "11530 HS-POSSESS MARIJUANA",
    ),
    offence(
        "HS 11530.5",
        Family::Predecessor,
        "11530.5 HS-POSSESS MARIJUANA FOR SALE",
    ),
    offence(
        "HS 11531",
        Family::Predecessor,
        "11531 HS-SELL/TRANSPORT MARIJUANA",
    ),
];

const MISDEMEANORS_BEFORE_1972: &[Offence] = &[offence(
    "HS 11530",
    Family::Predecessor,
    "11530 HS-POSSESS MARIJUANA",
)];

const OTHER_FELONIES: &[Offence] = &[
    offence("PC 459", Family::Other, "459 PC-BURGLARY"),
    offence(
        "VC 10851(a)",
        Family::Other,
        "10851(A) VC-TAKE VEHICLE W/O OWNER CONSENT",
    ),
    offence("PC 32", Family::Related, "32 PC-ACCESSORY"),
];

const OTHER_MISDEMEANORS: &[Offence] = &[
    offence(
        "BP 4149",
        Family::Related,
        "4149 BP-UNLICENSED SALE OF NEEDLES",
    ),
    offence(
        "VC 14601.1(a)",
        Family::Other,
        "14601.1(A) VC-DRIVE W/SUSPENDED LICENSE",
    ),
    offence(
        "HS 11364",
        Family::Related,
        "11364 HS-POSSESS PARAPHERNALIA",
    ),
];

fn pick<'a>(from: &'a [Offence], random: &mut Random) -> &'a Offence {
    let at = random.below(from.len() as u32) as usize;
    from.get(at).unwrap_or(&OTHER)
}

/// What an empty table would give; none is.
const OTHER: Offence = offence("PC 602", Family::Related, "602 PC-TRESPASS");

const fn gcd(a: u32, b: u32) -> u32 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests;
