//! Golden entries: three that make a ledger, byte by byte, with all that follows from them.
//!
//! The values were computed by another program, in another language, with other implementations
//! of BLAKE3, SHA-256 and Ed25519. They are frozen: a change here is a change of the format.

/// Entry 0.
pub(crate) const ENTRY_0: &str = concat!(
    "434c45", // magic, "CLE"
    "01", // format version
    "00112233445566778899aabbccddeeff", // ledger
    "0000000000000000", // position 0
    "0006474846204000", // recorded_at 1767225600000000
    "0000000000000000000000000000000000000000000000000000000000000000", // prev
    "01", // stream kind
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", // stream id
    "0000000000000000", // revision 0
    "0000000000000000000000000000000000000000000000000000000000000000", // stream_prev
    "636f7572742d31390000000000000000", // submitter, "court-19"
    "0000000000000007", // submitter_seq 7
    "01936f2e000070008000000000000001", // message_id
    "0000", // part 0
    "0002", // parts 2
    "8eb3ba19c70b4da06f10ccd885c8a59365e3113f817f2b0635df1ff7405cabe7", // content
    "0000000000000000000000000000000000000000000000000000000000000000", // commitment
    "0001", // body_type 1
    "0001", // body_version 1
    "0005", // body_len 5
    "0a03616263", // body
);

/// Entry 1.
pub(crate) const ENTRY_1: &str = concat!(
    "434c45", // magic, "CLE"
    "01", // format version
    "00112233445566778899aabbccddeeff", // ledger
    "0000000000000001", // position 1
    "0006474846204000", // recorded_at 1767225600000000
    "000fc4d7c72c23685773e3ed54ffa1b495a9bae63a43b0decd2fb249827e6767", // prev
    "02", // stream kind
    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf", // stream id
    "0000000000000000", // revision 0
    "0000000000000000000000000000000000000000000000000000000000000000", // stream_prev
    "636f7572742d31390000000000000000", // submitter, "court-19"
    "0000000000000007", // submitter_seq 7
    "01936f2e000070008000000000000001", // message_id
    "0001", // part 1
    "0002", // parts 2
    "8eb3ba19c70b4da06f10ccd885c8a59365e3113f817f2b0635df1ff7405cabe7", // content
    "2eb45e361901f65d6b26af0053050bab3ec968f39b39aada835a4f97f22ee39e", // commitment
    "0002", // body_type 2
    "0001", // body_version 1
    "0003", // body_len 3
    "120164", // body
);

/// Entry 2.
pub(crate) const ENTRY_2: &str = concat!(
    "434c45", // magic, "CLE"
    "01", // format version
    "00112233445566778899aabbccddeeff", // ledger
    "0000000000000002", // position 2
    "0006474846372360", // recorded_at 1767225601500000
    "682fa2546d528b03c6392555e58623b3e4b4d022ab6aa4e66550ccc35dec6f8f", // prev
    "01", // stream kind
    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", // stream id
    "0000000000000001", // revision 1
    "000fc4d7c72c23685773e3ed54ffa1b495a9bae63a43b0decd2fb249827e6767", // stream_prev
    "64612d6f66666963652e320000000000", // submitter, "da-office.2"
    "0000000000000000", // submitter_seq 0
    "01936f2e000070008000000000000002", // message_id
    "0000", // part 0
    "0001", // parts 1
    "8644ee60fd45213f1b1c5ce2a2d722e46b4d7860d3f7a00be413d8dd2d9ee19f", // content
    "0000000000000000000000000000000000000000000000000000000000000000", // commitment
    "0001", // body_type 1
    "0002", // body_version 2
    "0000", // body_len 0
    "", // body
);

/// The entries in order of position.
pub(crate) const ENTRIES: [&str; 3] = [ENTRY_0, ENTRY_1, ENTRY_2];

/// Chain hash of each entry.
pub(crate) const CHAIN_HASHES: [&str; 3] = [
    "000fc4d7c72c23685773e3ed54ffa1b495a9bae63a43b0decd2fb249827e6767",
    "682fa2546d528b03c6392555e58623b3e4b4d022ab6aa4e66550ccc35dec6f8f",
    "00c562da0b5357b361a50a5f94d484561a44234517930122c00413a2ab92d436",
];

/// Leaf hash of each entry.
pub(crate) const LEAF_HASHES: [&str; 3] = [
    "6ffee7b837a2235f48f8bfbed24d35e765d84c6dbde0a6ecfbbdeb206ec15204",
    "eb6f186185f53731a1fdfc06ea04fc0ff9c70fa5e612fb057314138bc85c1237",
    "78aed4a2473f6c37e70b3d4430efad668f32a8e5a6b3604674665d432a9dffb0",
];

/// Root of the tree over the entries.
pub(crate) const ROOT: &str = "a5a34d8a7b284d382e810dde77b7a797420de0fd3c7d308e75bce30f0d4eb9b0";

/// The key that signed the checkpoint; its seed is the bytes 00 to 1f.
pub(crate) const VKEY: &str =
    "ledger.example/audit+2a52108c+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";

/// The receipt of entry 1, as a file.
pub(crate) const RECEIPT_1: &str = concat!(
    "c2sp.org/tlog-proof@v1\n",
    "extra Q0xFAQARIjNEVWZ3iJmqu8zd7v8AAAAAAAAAAQAGR0hGIEAAAA/E18csI2hXc+PtVP+htJWpuuY6Q7DezS",
    "+ySYJ+Z2cCsLGys7S1tre4ubq7vL2+vwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABjb3",
    "VydC0xOQAAAAAAAAAAAAAAAAAAAAcBk28uAABwAIAAAAAAAAABAAEAAo6zuhnHC02gbxDM2IXIpZNl4xE/gX8rBj",
    "XfH/dAXKvnLrReNhkB9l1rJq8AUwULqz7JaPObOarag1pPl/Iu454AAgABAAMSAWQ=\n",
    "index 1\n",
    "b/7nuDeiI19I+L++0k0152XYTG294Kbs+73rIG7BUgQ=\n",
    "eK7Uokc/bDfnCz1EMO+tZo8yqOWms2BGdGZdQyqd/7A=\n",
    "\n",
    "ledger.example/audit\n",
    "3\n",
    "paNNinsoTTgugQ3ed7enl0IN4P08fTCOdbzjDw1OubA=\n",
    "\n",
    "\u{2014} ledger.example/audit KlIQjLp71qTNGC4JEsfxFK0D++xIoPlJsMCoIEtZ+8Tl7OJOVD5lY2AkzG",
    "3/qSXagTFS8e/WdjBFPX4CPgPr56pHGAQ=\n",
);
