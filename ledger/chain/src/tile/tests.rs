use super::*;

#[test]
fn paths_are_those_of_the_specification() {
    for (index, path) in [
        (0, "tile/0/000"),
        (255, "tile/0/255"),
        (1_000, "tile/0/x001/000"),
        (1_234_067, "tile/0/x001/x234/067"),
        (u64::MAX, "tile/0/x018/x446/x744/x073/x709/x551/615"),
    ] {
        let tile = TileId::new(0, index, TILE_WIDTH).unwrap();
        assert_eq!(tile.path(), path);
        assert_eq!(TileId::parse(path), Ok(tile));
        let partial = TileId::new(63, index, 255).unwrap();
        assert_eq!(
            partial.path(),
            format!("{}.p/255", path.replacen("/0/", "/63/", 1))
        );
        assert_eq!(TileId::parse(&partial.path()), Ok(partial));
        let bundle = BundleId::new(index, 1).unwrap();
        assert_eq!(
            bundle.path(),
            format!("{}.p/1", path.replacen("/0/", "/entries/", 1))
        );
        assert_eq!(BundleId::parse(&bundle.path()), Ok(bundle));
    }
}

#[test]
fn refuses_every_other_spelling_of_a_path() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/00/000",
        "tile/+0/000",
        "tile/256/000",
        "tile/entries/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/001",
        "tile/0/000/001",
        "tile/0/x001/x000",
        "tile/0/x01/000",
        "tile/0/X001/000",
        "tile/0/00a",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/-1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x001/x018/x446/x744/x073/x709/x551/615",
        "tile/0/../000",
        "tile/0/000?x",
        "tile/0/000.p/65537",
    ] {
        assert_eq!(TileId::parse(path), Err(TileError::Path), "{path}");
    }
    assert_eq!(
        TileId::parse("tile/64/000"),
        Err(TileError::Level { found: 64 })
    );
    assert_eq!(
        TileId::parse("tile/0/000.p/0"),
        Err(TileError::Width { found: 0 })
    );
    assert_eq!(
        TileId::parse("tile/0/000.p/257"),
        Err(TileError::Width { found: 257 })
    );
    for path in [
        "tile/0/000",
        "tile/entries/0",
        "tile/entries/x000/001",
        "tile/data/000",
    ] {
        assert_eq!(BundleId::parse(path), Err(TileError::Path), "{path}");
    }
}

/// The worked widths of the specification.
#[test]
fn tiles_of_a_size_have_the_stated_widths() {
    let widths = |size, level| {
        let tiles = TileId::between(Size::ZERO, Size::new(size));
        let of_level = tiles.filter(|tile| tile.level() == level);
        of_level.map(|tile| tile.width()).collect::<Vec<_>>()
    };
    assert_eq!(widths(256, 0), [256]);
    assert_eq!(widths(256, 1), [1]);
    assert_eq!(widths(70_000, 0), [vec![256; 273], vec![112]].concat());
    assert_eq!(widths(70_000, 1), [256, 17]);
    assert_eq!(widths(70_000, 2), [1]);
    assert_eq!(widths(70_000, 3), []);
    assert_eq!(widths(0, 0), []);
}

#[test]
fn growth_changes_only_the_tiles_it_touches() {
    let between = |old, new| {
        let tiles = TileId::between(Size::new(old), Size::new(new));
        tiles.map(|tile| tile.path()).collect::<Vec<_>>()
    };
    assert_eq!(between(10, 12), ["tile/0/000.p/12"]);
    assert_eq!(between(250, 256), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(between(256, 257), ["tile/0/001.p/1"]);
    assert!(between(12, 12).is_empty() && between(12, 10).is_empty());
    let bundles = BundleId::between(Size::new(250), Size::new(257));
    let paths: Vec<_> = bundles.map(|bundle| bundle.path()).collect();
    assert_eq!(paths, ["tile/entries/000", "tile/entries/001.p/1"]);
}

#[test]
fn refuses_subtrees_that_no_tree_has() {
    assert!(NodeInTile::locate(0, u64::MAX).is_ok());
    assert!(NodeInTile::locate(63, 1).is_ok());
    for (level, index) in [(63, 2), (1, u64::MAX), (64, 0), (255, 0)] {
        let expected = Err(TileError::NoSuchNode { level, index });
        assert_eq!(NodeInTile::locate(level, index), expected);
    }
}

#[test]
fn a_tile_too_narrow_does_not_hold_the_subtree() {
    let place = NodeInTile::locate(2, 1).unwrap();
    assert_eq!((place.level(), place.index(), place.width()), (0, 0, 8));
    assert!(place.hash(&[7; 8 * 32]).is_some());
    assert_eq!(place.hash(&[7; 8 * 32 - 1]), None);
}

#[test]
fn bundles_hold_exactly_the_entries_of_their_name() {
    let mut bundle = Vec::new();
    push_bundle_entry(&mut bundle, b"").unwrap();
    push_bundle_entry(&mut bundle, &vec![1; 65_535]).unwrap();
    let entries = decode_bundle(&bundle, 2).unwrap();
    assert_eq!((entries[0].len(), entries[1].len()), (0, 65_535));
    let refused = |bundle: &[u8], width| decode_bundle(bundle, width).unwrap_err();
    assert_eq!(
        refused(&bundle, 1),
        BundleError::Width {
            expected: 1,
            found: 2
        }
    );
    assert_eq!(
        refused(&bundle, 3),
        BundleError::Width {
            expected: 3,
            found: 2
        }
    );
    assert_eq!(
        refused(&bundle[..bundle.len() - 1], 2),
        BundleError::Truncated {
            entry: 1,
            expected: 65_537,
            found: 65_536
        }
    );
    assert_eq!(
        refused(&bundle[..3], 2),
        BundleError::Truncated {
            entry: 1,
            expected: 2,
            found: 1
        }
    );
    let before = bundle.clone();
    assert_eq!(
        push_bundle_entry(&mut bundle, &vec![1; 65_536]),
        Err(BundleError::EntryTooLong { found: 65_536 })
    );
    assert_eq!(bundle, before);
}
