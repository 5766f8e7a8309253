// The one style sheet of every page that the edge renders for a person. Its tokens are those of shared/ui (test/house holds them to
// it), its rules are its own: no web font, logical properties only, so that right-to-left and left-to-right are one layout.

export const style = `
:root{color-scheme:light dark;--ink:#0f2529;--ink-soft:#465c5e;--paper:#eff3f1;--surface:#ffffff;--line:#c7d3cf;--line-strong:#7d908d;--brand:#0b5a55;--brand-strong:#063f3c;--brand-tint:#dfeeea;--on-brand:#ffffff;--accepted:#12613a;--accepted-tint:#e0f2e6;--rejected:#97182b;--rejected-tint:#fbe7e8;--undecided:#704400;--undecided-tint:#fdf0d5;--focus:#c2540a;--radius:0.75rem;--radius-large:1.25rem;--text-small:0.9375rem;--target:2.75rem;--font:"IBM Plex Sans Arabic", "Noto Sans Arabic", system-ui, sans-serif;--mono:ui-monospace, "DejaVu Sans Mono", monospace}
@media (prefers-color-scheme:dark){:root{--ink:#e6efec;--ink-soft:#a9bebb;--paper:#0c1718;--surface:#142224;--line:#2d4145;--line-strong:#6f8886;--brand:#6cc7bd;--brand-strong:#a5e3db;--brand-tint:#173433;--on-brand:#04201e;--accepted:#8fdcae;--accepted-tint:#11301f;--rejected:#ffb3b8;--rejected-tint:#3c151b;--undecided:#f4c97c;--undecided-tint:#36270a;--focus:#ffab70}}
*,*::before,*::after{box-sizing:border-box}
html{font-family:var(--font);line-height:1.6;color:var(--ink);background:var(--paper);-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-block-size:100dvh;padding-block-end:2rem}
header,main{max-inline-size:31rem;margin-inline:auto}
.wide header,.wide main{max-inline-size:60rem}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:1.25rem 1rem 1rem}
.brand{display:flex;gap:.65rem;align-items:center;font-weight:700;font-size:1.25rem;line-height:1.3;color:inherit;text-decoration:none}
.brand svg{inline-size:2.5rem;block-size:2.5rem;flex:none;fill:var(--brand)}
.brand svg .tick{fill:none;stroke:var(--on-brand);stroke-width:4.5;stroke-linecap:round;stroke-linejoin:round}
.brand small{display:block;font-weight:400;font-size:.8125rem;color:var(--ink-soft)}
header>a[lang]{min-block-size:var(--target);display:inline-flex;align-items:center;padding-inline:.75rem}
main{background:var(--surface);border:1px solid var(--line);border-radius:var(--radius-large);padding:1.75rem 1.5rem;box-shadow:0 1px 2px rgb(15 37 41/8%),0 8px 24px rgb(15 37 41/7%)}
@media (max-width:32rem){main{margin-inline:.5rem;padding:1.25rem 1rem}}
h1{font-size:1.375rem;line-height:1.35;margin:0 0 1.25rem;text-wrap:balance}
h1 strong{color:var(--brand)}
h2,summary{font-size:1.0625rem;font-weight:700;line-height:1.4;margin:0 0 .35rem}
h3{font-size:1rem;margin:0}
section{margin-block-end:1.5rem}
section:last-child{margin-block-end:0}
.button+section,form+section,.notice+section{margin-block-start:1.5rem}
section+section,.button+section,form+section,.columns+section,details{border-block-start:1px solid var(--line);padding-block-start:1.25rem}
details{margin-block-end:1.25rem}
summary{cursor:pointer;min-block-size:var(--target);display:flex;align-items:center;gap:.6rem;margin:0;color:var(--brand)}
summary::-webkit-details-marker{display:none}
summary::before{content:"";inline-size:.55rem;block-size:.55rem;border:solid currentcolor;border-width:0 .16rem .16rem 0;transform:rotate(45deg);margin-block-end:.25rem}
details[open] summary::before{transform:rotate(225deg);margin-block-end:-.25rem}
form.plain+form.plain{margin-block-start:.6rem}
p{margin:0 0 .85rem}
.soft{color:var(--ink-soft);font-size:var(--text-small)}
label{display:block;font-weight:600;margin-block:.85rem .25rem}
label+.soft{margin-block-end:.35rem}
input+.soft{margin-block-start:.5rem}
form+.soft,.button+.soft{margin-block-start:1rem}
input,select{inline-size:100%;min-block-size:var(--target);font:inherit;padding:.5rem .75rem;border:2px solid var(--line-strong);border-radius:var(--radius);background:var(--surface);color:var(--ink)}
input[dir=ltr]{text-align:start;font-family:var(--mono)}
input[aria-invalid=true]{border-color:var(--rejected)}
button,.button{display:flex;align-items:center;justify-content:center;inline-size:100%;min-block-size:var(--target);font:inherit;font-weight:600;text-align:center;text-decoration:none;padding:.5rem 1.5rem;margin-block-start:1rem;border:2px solid var(--brand);border-radius:var(--radius);background:var(--brand);color:var(--on-brand);cursor:pointer}
button:hover,.button:hover{background:var(--brand-strong);border-color:var(--brand-strong)}
button.quiet,.button.quiet{background:var(--surface);color:var(--brand);border-color:var(--line-strong)}
button.quiet:hover,.button.quiet:hover{background:var(--brand-tint);border-color:var(--brand)}
button.grave{background:var(--surface);color:var(--rejected);border-color:var(--rejected)}
button.grave:hover{background:var(--rejected-tint)}
a{color:var(--brand)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.notice{background:var(--rejected-tint);color:var(--rejected);border-inline-start:.375rem solid currentcolor;border-radius:var(--radius);padding:.85rem 1rem;margin-block-end:1.25rem;font-weight:600}
.notice.good{background:var(--accepted-tint);color:var(--accepted)}
.notice.careful{background:var(--undecided-tint);color:var(--undecided)}
.notice p:last-child{margin:0}
.number{font:700 3.75rem/1.2 var(--mono);letter-spacing:.18em;text-indent:.18em;text-align:center;margin-block:1.25rem;padding:.6rem;border:2px dashed var(--brand);border-radius:var(--radius);direction:ltr;font-variant-numeric:tabular-nums;background:var(--brand-tint)}
.number.six{font-size:2.6rem}
.code-frame{display:block;inline-size:min(100%,17rem);block-size:auto;aspect-ratio:1;margin:1.25rem auto;padding:.75rem;background:#fff;border:2px solid var(--line);border-radius:var(--radius)}
ul.claims,ul.rows{list-style:none;margin:0 0 1rem;padding:0;border:1px solid var(--line);border-radius:var(--radius)}
ul.claims li,ul.rows>li{padding:.7rem 1rem}
ul.claims li+li,ul.rows>li+li{border-block-start:1px solid var(--line)}
ul.claims span{display:block;color:var(--ink-soft);font-size:var(--text-small)}
ul.claims .tag{display:inline-block;font-size:.8125rem;color:var(--brand-strong)}
label.box{display:flex;align-items:center;gap:.75rem;margin:0;min-block-size:var(--target);font-weight:inherit;cursor:pointer}
label.box input{inline-size:1.375rem;min-block-size:1.375rem;flex:none;margin:0;accent-color:var(--brand)}
label.box+span{padding-inline-start:2.125rem}
ul.rows>li{display:grid;gap:.15rem 1rem;grid-template-columns:1fr auto;align-items:center}
ul.rows>li>div:first-child{min-inline-size:0;overflow-wrap:anywhere}
ul.rows form{margin:0}
ul.rows button{inline-size:auto;margin:0;padding-inline:1rem}
ul.rows details{grid-column:1/-1;border:0;margin:0;padding:0}
ul.rows .acts{display:flex;flex-wrap:wrap;gap:.5rem;justify-content:flex-end}
.ways{display:flex;flex-wrap:wrap;gap:.5rem}
.ways button{inline-size:auto;margin:0}
.tag{display:inline-block;font-size:.8125rem;font-weight:600;padding:.05rem .55rem;border-radius:1rem;background:var(--brand-tint);color:var(--brand-strong)}
.columns{display:grid;gap:1.5rem 2.5rem;margin-block-end:1.5rem}
.columns>div{min-inline-size:0}
@media (min-width:56rem){.columns{grid-template-columns:1fr 1fr}}
ol.codes{margin:0 0 1rem;padding-inline-start:2.25rem;font-family:var(--mono)}
ol.codes li{white-space:nowrap;padding-block:.3rem;break-inside:avoid}
ul.links{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:1rem 0 0;padding:0;font-size:var(--text-small)}
ul.links a{display:inline-flex;align-items:center;min-block-size:var(--target)}
img.logo{display:block;inline-size:3.5rem;block-size:3.5rem;object-fit:contain;margin-block-end:.75rem;border-radius:var(--radius);background:#fff}
code{font-family:var(--mono);direction:ltr;unicode-bidi:isolate;overflow-wrap:anywhere}
form.plain{margin:0}
button.link{display:inline-flex;inline-size:auto;margin:0 -.25rem;padding:0 .25rem;border:0;background:none;color:var(--brand);font-weight:400;text-decoration:underline}
@media print{header a,form,.button,nav,.no-print{display:none}main{border:0;box-shadow:none}}
`;
