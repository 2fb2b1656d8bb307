//! How much is fetched ahead.

use caseledger_chain::{ENTRY_MAX, push_bundle_entry};
use tokio::runtime::Runtime;

use super::*;

#[test]
fn the_longest_bundles_take_up_no_more_than_the_room_and_all_come_in() {
    const BUNDLES: u64 = 9;
    let root = tempfile::tempdir().unwrap();
    let (bundles, tiles) = (root.path().join("tile/entries"), root.path().join("tile/0"));
    std::fs::create_dir_all(&bundles).unwrap();
    std::fs::create_dir_all(&tiles).unwrap();
    let mut longest = Vec::new();
    for _ in 0..TILE_WIDTH {
        push_bundle_entry(&mut longest, &vec![7; ENTRY_MAX]).unwrap();
    }
    let width = usize::from(TILE_WIDTH);
    std::fs::write(root.path().join("bundle"), &longest).unwrap();
    std::fs::write(root.path().join("tile.0"), vec![7; width * Digest::LEN]).unwrap();
    for index in 0..BUNDLES {
        let name = format!("{index:03}");
        std::fs::hard_link(root.path().join("bundle"), bundles.join(&name)).unwrap();
        std::fs::hard_link(root.path().join("tile.0"), tiles.join(&name)).unwrap();
    }
    let source = AnySource::open(root.path().to_str().unwrap()).unwrap();
    let runtime = Runtime::new().unwrap();
    let ids = BundleId::between(Size::ZERO, Size::new(BUNDLES * u64::from(TILE_WIDTH)));
    let mut fetcher = Fetcher::new(Arc::new(source), runtime.handle().clone(), ids);
    for index in 0..BUNDLES {
        let got = fetcher.next().unwrap().unwrap();
        assert_eq!(got.id.index(), index);
        assert_eq!(got.bundle.unwrap().len(), longest.len());
        assert_eq!(got.tile.unwrap().len(), width * Digest::LEN);
        let (taken, ahead) = (got.held.unwrap().num_permits(), fetcher.ahead.len());
        assert_eq!(taken, (longest.len() + width * Digest::LEN).div_ceil(1024));
        assert!((ahead + 1) * taken <= ROOM, "{ahead} ahead of {index}");
    }
    assert!(fetcher.next().unwrap().is_none());
    assert_eq!(fetcher.room.available_permits(), ROOM);
}
