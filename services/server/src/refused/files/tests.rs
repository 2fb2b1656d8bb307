//! Files in a folder of their own.

use super::*;

const SMALL: Bounds = Bounds {
    file_bytes: 1_000,
    files: 3,
};

fn line(at: u64) -> Line {
    Line {
        number: 0,
        at,
        org: Some(if at.is_multiple_of(2) { "lada" } else { "lasc" }.to_owned()),
        role: Some("COURT".to_owned()),
        reason: "ROLE_NOT_ALLOWED".to_owned(),
        rules: Vec::new(),
        method: Some("Submit".to_owned()),
        message: Some("00".repeat(16)),
        content: None,
        trace: None,
        left_out: 0,
    }
}

fn filled(folder: &Path, lines: u64) -> Files {
    let mut files = Files::open(folder, SMALL).unwrap();
    for at in 1..=lines {
        files.append(&mut [line(at)]).unwrap();
    }
    files
}

/// Every number that can be read, page by page.
fn all(folder: &Path, limit: usize) -> Vec<u64> {
    let mut found = Vec::new();
    let mut wanted = Wanted {
        limit,
        ..Wanted::default()
    };
    loop {
        let page = read(folder, &wanted).unwrap();
        assert!(page.lines.len() <= limit);
        found.extend(page.lines.iter().map(|line| line.number));
        match page.next {
            None => return found,
            Some(next) => wanted.from = Some(next),
        }
    }
}

#[test]
fn lines_are_read_newest_first_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 7));
    for limit in [1, 3, 100] {
        assert_eq!(all(folder.path(), limit), [7, 6, 5, 4, 3, 2, 1], "{limit}");
    }
    let page = |wanted: Wanted| {
        let page = read(folder.path(), &wanted).unwrap();
        page.lines.iter().map(|line| line.at).collect::<Vec<_>>()
    };
    let limit = 100;
    let of_lada = Wanted {
        limit,
        org: Some("lada".to_owned()),
        since: 3,
        ..Wanted::default()
    };
    assert_eq!(page(of_lada), [6, 4]);
    let other = Wanted {
        limit,
        reason: Some("RATE_LIMITED".to_owned()),
        ..Wanted::default()
    };
    assert!(page(other).is_empty());
}

#[test]
fn the_oldest_file_goes_and_numbers_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = filled(folder.path(), 40);
    assert_eq!(list(folder.path()).unwrap().len(), SMALL.files);
    let found = all(folder.path(), 10);
    assert_eq!(found.first(), Some(&40));
    let oldest = found.last().copied().unwrap();
    assert!(oldest > 1, "nothing went");
    assert!(found.into_iter().eq((oldest..=40).rev()));
    // A batch that is larger than a file is divided.
    let mut batch: Vec<Line> = (41..=60).map(line).collect();
    files.append(&mut batch).unwrap();
    assert_eq!(all(folder.path(), 10).first(), Some(&60));
    for (_, path) in list(folder.path()).unwrap() {
        assert!(fs::metadata(&path).unwrap().len() < 2 * SMALL.file_bytes);
    }
    drop(files);
    let mut again = Files::open(folder.path(), SMALL).unwrap();
    again.append(&mut [line(61)]).unwrap();
    assert_eq!(all(folder.path(), 10).first(), Some(&61));
}

#[test]
fn a_torn_last_line_is_cut_off_wherever_it_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 3));
    let (_, path) = list(folder.path()).unwrap().pop().unwrap();
    let whole = fs::read(&path).unwrap();
    let two = whole[..whole.len() - 1]
        .iter()
        .rposition(|b| *b == b'\n')
        .unwrap()
        + 1;
    for end in two..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        // It can be read before anybody repairs it.
        let before = all(folder.path(), 10);
        let mut files = Files::open(folder.path(), SMALL).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), two as u64, "{end}");
        files.append(&mut [line(9)]).unwrap();
        assert_eq!(all(folder.path(), 10), [3, 2, 1], "{end}");
        // Without its line feed the last line may look whole; it counts only once that is there.
        assert!(before == [2, 1] || end == whole.len() - 1 && before == [3, 2, 1]);
    }
}

#[test]
fn a_line_that_cannot_be_read_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    drop(filled(folder.path(), 3));
    let (_, path) = list(folder.path()).unwrap().pop().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let broken = text.replacen("{\"n\":2", "{\"n\":two", 1);
    assert_ne!(text, broken);
    fs::write(&path, broken).unwrap();
    fs::write(folder.path().join("notes.txt"), "not a file of the log").unwrap();
    assert_eq!(all(folder.path(), 10), [3, 1]);
    assert_eq!(Files::open(folder.path(), SMALL).unwrap().next, 4);
}

#[test]
fn bounds_follow_from_one_number() {
    for (bytes, file_bytes, files) in [
        (1 << 20, 1 << 17, 8),
        (64 << 20, 8 << 20, 8),
        (1 << 30, 8 << 20, 128),
    ] {
        assert_eq!(Bounds::new(bytes), Bounds { file_bytes, files });
    }
}
