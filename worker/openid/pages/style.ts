// The login pages' one style sheet: logical properties only, so that right-to-left and left-to-right are one layout.

export const style = `
:root{color-scheme:light dark;--ink:#10231c;--soft:#4a5f57;--paper:#fff;--ground:#eef3f0;--line:#b9c8c0;--accent:#0b6b4a;--on-accent:#fff;--warn:#8a1f11;--warn-ground:#fdece9;--focus:#0b57d0}
@media (prefers-color-scheme:dark){:root{--ink:#e9f1ed;--soft:#a9bdb4;--paper:#16211c;--ground:#0d1512;--line:#3b4d45;--accent:#57c79c;--on-accent:#04170f;--warn:#ffb4a8;--warn-ground:#3a1611;--focus:#8ab4f8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.65 "IBM Plex Sans Arabic","Segoe UI","Noto Sans Arabic","Geeza Pro",Tahoma,system-ui,sans-serif}
body{padding-block-end:2rem}
header,main,footer{max-width:30rem;margin-inline:auto;padding-inline:1.25rem}
header{display:flex;justify-content:space-between;align-items:center;padding-block:1.25rem .75rem}
.brand{display:flex;gap:.65rem;align-items:center;font-weight:700;font-size:1.25rem}
.brand small{display:block;font-weight:400;font-size:.8125rem;color:var(--soft)}
main{background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding-block:1.5rem}
h1{font-size:1.375rem;line-height:1.4;margin:0 0 1rem}
h1 strong{color:var(--accent)}
h2{font-size:1.0625rem;margin:0 0 .35rem}
section+section,.button+section{border-block-start:1px solid var(--line);margin-block-start:1.5rem;padding-block-start:1.25rem}
form.plain+form.plain{margin-block-start:.6rem}
p{margin:0 0 .85rem}
.soft{color:var(--soft);font-size:.9375rem}
label{display:block;font-weight:600;margin-block:.75rem .25rem}
input{inline-size:100%;font:inherit;padding:.65rem .8rem;border:1px solid var(--soft);border-radius:.6rem;background:var(--paper);color:var(--ink)}
input[dir=ltr]{text-align:start}
button,.button{display:block;inline-size:100%;font:inherit;font-weight:700;text-align:center;text-decoration:none;padding:.75rem 1rem;margin-block-start:1rem;border:1px solid var(--accent);border-radius:.6rem;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.quiet,.button.quiet{background:transparent;color:var(--accent)}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.notice{background:var(--warn-ground);color:var(--warn);border-inline-start:.3rem solid var(--warn);border-radius:.4rem;padding:.7rem .9rem;margin-block-end:1.25rem;font-weight:600}
.number{font:700 3.75rem/1.2 ui-monospace,"SF Mono",Menlo,Consolas,monospace;letter-spacing:.18em;text-align:center;margin-block:1.25rem;padding:.6rem;border:2px dashed var(--accent);border-radius:.9rem;direction:ltr;font-variant-numeric:tabular-nums}
.number.six{font-size:2.75rem}
ul.claims{list-style:none;margin:0 0 1rem;padding:0;border:1px solid var(--line);border-radius:.6rem}
ul.claims li{padding:.6rem .9rem}
ul.claims li+li{border-block-start:1px solid var(--line)}
ul.claims span{display:block;color:var(--soft);font-size:.9375rem}
footer{padding-block:1rem;color:var(--soft);font-size:.9375rem}
form.plain{margin:0}
button.link{display:inline;inline-size:auto;margin:0;padding:0;border:0;background:none;color:var(--accent);font-weight:400;text-decoration:underline}
`;
