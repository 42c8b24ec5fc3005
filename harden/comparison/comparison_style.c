/*
 * The page's style. The page's own policy allows it alone, by its hash, which a test computes
 * again. Contrasts are at least 4.5 to 1 for text and 3 to 1 for the picture, light and dark; the
 * three kinds differ by their patterns too, for whoever sees no colours or prints without. Paper is
 * light whatever the screen is.
 */
#include "comparison/comparison.h"

const char comparison_style_hash[] = "sha256-lGMk9Tv+cWqzxvMQ9UGbIpYA/CtEwsk12LPhNYmgTd0=";

const char comparison_style[] =
    ":root{color-scheme:light;--ground:#fff;--raised:#f4f6f9;--text:#1b1f24;--quiet:#4d5661;"
    "--line:#c5ccd4;--fixed:#0067a8;--left:#8a5a00;--new:#b3144f;--ink:#fff}"
    "@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--ground:#14171b;"
    "--raised:#1d2228;--text:#e8eaed;--quiet:#a9b1bb;--line:#454d57;--fixed:#5ab3ec;"
    "--left:#f0b43c;--new:#ff7aa8;--ink:#14171b}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:72rem;padding:1.5rem 1rem;background:var(--ground);"
    "color:var(--text);font:1rem/1.5 system-ui,sans-serif}"
    "h1{margin:0;font-size:1.6rem;line-height:1.25}h2{margin:2rem 0 .5rem;font-size:1.2rem}"
    "p{margin:.5rem 0}code{font:.9em/1.4 ui-monospace,monospace;overflow-wrap:anywhere;"
    "unicode-bidi:isolate}"
    ".sums{display:grid;grid-template-columns:repeat(auto-fit,minmax(7rem,1fr));gap:.75rem;"
    "margin:1rem 0;padding:0}"
    ".sums div{padding:.5rem .75rem;background:var(--raised);border-left:.4rem solid var(--quiet)}"
    ".sums .fixed{border-color:var(--fixed)}.sums .left{border-color:var(--left)}"
    ".sums .new{border-color:var(--new)}"
    "dt{color:var(--quiet)}dd{margin:0;font-size:1.6rem;line-height:1.2;font-weight:600;"
    "font-variant-numeric:tabular-nums}"
    "figure{margin:1rem 0}figcaption{margin-bottom:.25rem;font-weight:600}"
    ".bar{display:grid;grid-template-columns:5.5rem minmax(0,1fr) 5.5rem;gap:.5rem;"
    "align-items:center;padding:.15rem 0}.bar svg{display:block;width:100%;height:1.5rem;"
    "border-left:1px solid var(--quiet)}"
    ".now{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "rect.part{stroke:var(--ground);stroke-width:2}.ink{fill:var(--ink)}"
    "rect.fixed{fill:var(--fixed)}rect.left{fill:url(#stripes)}rect.new{fill:url(#dots)}"
    ".left-ground{fill:var(--left)}.new-ground{fill:var(--new)}"
    ".patterns{position:absolute}"
    ".legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.5rem 0;padding:0;"
    "list-style:none}.legend svg{width:1.5rem;height:1rem;margin-right:.4rem;"
    "vertical-align:-.15rem}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "caption{padding:.25rem 0;text-align:left;color:var(--quiet)}"
    "th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}"
    "thead th{vertical-align:bottom}tbody th{font-weight:400}"
    ".number{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}"
    ".figures{max-width:40rem}"
    ".findings{table-layout:fixed}.findings .check{width:7rem}.findings .where{width:34%}"
    ".check b{display:block}small{display:block;color:var(--quiet);font-size:.85em}"
    "@media(max-width:40rem){.bar{grid-template-columns:4rem minmax(0,1fr) 4rem;font-size:.85rem}"
    "th,td{padding:.35rem .3rem}.findings .check{width:4.5rem}"
    ".figures{font-size:.8rem}}"
    "@media print{body{max-width:none;padding:0;font-size:10pt}"
    "h2,figcaption,caption{break-after:avoid}figure,tr,.sums{break-inside:avoid}"
    ".sums div{background:none;border:1px solid var(--line);border-left-width:.4rem}}";
