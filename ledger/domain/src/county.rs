//! The 58 counties of California, by number and by the names that state extracts use.

/// Names in alphabetical order. FIPS numbers counties within a state with odd numbers in that
/// order, so the number is a matter of position: Alameda 1, Los Angeles 37, Yuba 115.
const NAMES: [&str; 58] = [
    "ALAMEDA",
    "ALPINE",
    "AMADOR",
    "BUTTE",
    "CALAVERAS",
    "COLUSA",
    "CONTRA COSTA",
    "DEL NORTE",
    "EL DORADO",
    "FRESNO",
    "GLENN",
    "HUMBOLDT",
    "IMPERIAL",
    "INYO",
    "KERN",
    "KINGS",
    "LAKE",
    "LASSEN",
    "LOS ANGELES",
    "MADERA",
    "MARIN",
    "MARIPOSA",
    "MENDOCINO",
    "MERCED",
    "MODOC",
    "MONO",
    "MONTEREY",
    "NAPA",
    "NEVADA",
    "ORANGE",
    "PLACER",
    "PLUMAS",
    "RIVERSIDE",
    "SACRAMENTO",
    "SAN BENITO",
    "SAN BERNARDINO",
    "SAN DIEGO",
    "SAN FRANCISCO",
    "SAN JOAQUIN",
    "SAN LUIS OBISPO",
    "SAN MATEO",
    "SANTA BARBARA",
    "SANTA CLARA",
    "SANTA CRUZ",
    "SHASTA",
    "SIERRA",
    "SISKIYOU",
    "SOLANO",
    "SONOMA",
    "STANISLAUS",
    "SUTTER",
    "TEHAMA",
    "TRINITY",
    "TULARE",
    "TUOLUMNE",
    "VENTURA",
    "YOLO",
    "YUBA",
];

/// The FIPS number within the state (odd, 1 to 115) of the county with that name. Letter case,
/// doubled spaces and a trailing `COUNTY` do not matter.
pub fn number_of(name: &str) -> Option<u16> {
    let upper = name.to_ascii_uppercase();
    let mut words: Vec<&str> = upper.split_ascii_whitespace().collect();
    if words.len() > 1 && words.last() == Some(&"COUNTY") {
        words.pop();
    }
    let name = words.join(" ");
    let at = NAMES.iter().position(|known| **known == *name)?;
    u16::try_from(2 * at + 1).ok()
}

/// The name, in capitals, of the county with that FIPS number within the state; none if there is no such county.
pub fn name_of(number: u16) -> Option<&'static str> {
    let at = usize::from(number).checked_sub(1)?;
    if !at.is_multiple_of(2) {
        return None;
    }
    NAMES.get(at / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_counties_as_fips_does() {
        for (name, number) in [
            ("ALAMEDA", 1),
            ("CONTRA COSTA", 13),
            ("LOS ANGELES", 37),
            ("NEVADA", 57),
            ("ORANGE", 59),
            ("RIVERSIDE", 65),
            ("SACRAMENTO", 67),
            ("SAN BERNARDINO", 71),
            ("SAN DIEGO", 73),
            ("SAN FRANCISCO", 75),
            ("SAN JOAQUIN", 77),
            ("SANTA CLARA", 85),
            ("SANTA CRUZ", 87),
            ("YUBA", 115),
        ] {
            assert_eq!(number_of(name), Some(number), "{name}");
            assert_eq!(name_of(number), Some(name));
        }
        assert_eq!(number_of(" los  angeles County "), Some(37));
        for bad in ["", "COUNTY", "L05 ANGELES", "RENO"] {
            assert_eq!(number_of(bad), None, "{bad}");
        }
        for bad in [0, 2, 117, u16::MAX] {
            assert_eq!(name_of(bad), None, "{bad}");
        }
        assert!(NAMES.is_sorted());
    }
}
