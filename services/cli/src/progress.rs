//! Progress of long work: on standard error, and only if that is a terminal.

use std::fmt;
use std::time::Duration;

use indicatif::{HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// A bar over an amount of things, as `12,000/66,000 cases`.
pub(crate) fn bar(total: u64, what: &'static str) -> ProgressBar {
    let template = format!(
        "{{msg:24}} {{bar:32}} {{human_pos}}/{{human_len}} {what}  {{rate}}  {{eta_precise}}"
    );
    styled(
        ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()),
        &template,
    )
}

/// A bar while `work` says how many of how many things are done.
pub(crate) fn counted<T>(
    what: &'static str,
    message: &'static str,
    work: impl FnOnce(&mut dyn FnMut(usize, usize)) -> T,
) -> T {
    let bar = bar(0, what).with_message(message);
    let done = work(&mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    done
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
        Ok(style) => bar.with_style(style.with_key(
            "rate",
            |state: &ProgressState, to: &mut dyn fmt::Write| {
                // A bar without its rate is still one.
                let _unwritten = to.write_str(&rate(state.per_sec()));
            },
        )),
        // The built-in style says the same less nicely.
        Err(_) => bar,
    }
}

/// So many a second, whole ones.
fn rate(per_second: f64) -> String {
    format!("{:.0}/s", HumanFloatCount(per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_no_decimals() {
        assert_eq!(rate(5_469.285_3), "5,469/s");
        assert_eq!(rate(0.4), "0/s");
    }
}
