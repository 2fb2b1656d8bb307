//! Progress of long work: on standard error, and only if that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over an amount of things, as `12,000/66,000 cases`.
pub(crate) fn bar(total: u64, what: &'static str) -> ProgressBar {
    let template = format!(
        "{{msg:24}} {{bar:32}} {{human_pos}}/{{human_len}} {what}  {{per_sec}}  {{eta_precise}}"
    );
    styled(
        ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()),
        &template,
    )
}

/// A bar over bytes.
pub(crate) fn bytes(total: u64) -> ProgressBar {
    let template = "{msg:24} {bar:32} {bytes}/{total_bytes}  {eta_precise}";
    styled(
        ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()),
        template,
    )
}

/// Something that turns while nobody knows how long it takes.
pub(crate) fn spinner(message: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let bar = styled(bar, "{spinner} {msg}").with_message(message);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        // The built-in style says the same less nicely.
        Err(_) => bar,
    }
}
