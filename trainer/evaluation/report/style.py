"""How the page looks: light and dark, narrow and wide, and on paper."""

STYLE = """
:root{color-scheme:light dark;--ink:#1b2430;--quiet:#5a6675;--paper:#fff;--band:#f3f6f9;
--line:#d5dde6;--mark:#0a5c91;--good:#0b6b4f}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--quiet:#9aa7b5;--paper:#14181e;
--band:#1c222a;--line:#36404c;--mark:#7cc4f5;--good:#6fd3ae}}
*{box-sizing:border-box}
body{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);
background:var(--paper);max-width:72rem;margin:0 auto;padding:1.5rem 1.2rem 4rem}
h1{font-size:1.75rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.3rem;margin:3rem 0 .8rem;padding-top:.6rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.8rem 0 .5rem}
h1,h2,h3,td,th,p,li,figcaption,dd,dt{overflow-wrap:anywhere}
p,ul,dl{max-width:46rem}
a{color:var(--mark)}
.quiet{color:var(--quiet);font-size:.92rem}
nav ol{columns:18rem;padding-left:1.5rem}
.short{border-left:4px solid var(--mark);background:var(--band);padding:.7rem 1rem;margin:1.2rem 0}
.short p,.short ul{margin:.3rem 0}
.wide{overflow-x:auto;margin:1rem 0 1.6rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.2rem 0 .4rem}
caption small{font-weight:400}
th,td{padding:.35rem .75rem;border-bottom:1px solid var(--line);vertical-align:top}
thead th{font-weight:600;text-align:left;vertical-align:bottom}
tbody th{font-weight:500;text-align:left}
td,th{overflow-wrap:normal}
tbody th{overflow-wrap:anywhere;min-width:7rem}
.n{text-align:right}
td.n{white-space:nowrap}
small{display:block;color:var(--quiet);font-size:.82em;font-weight:400}
tbody tr:nth-child(even){background:var(--band)}
.none{color:var(--quiet)}
.better{color:var(--good);font-weight:600}
.better::before{content:"\\25C6\\00A0"}
.open::before{content:"\\25CB\\00A0"}
.differs th::after{content:" \\2260";color:var(--mark)}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1rem;
align-items:start}
figure{margin:0 0 1rem}
figure.broad{max-width:60rem}
figcaption{color:var(--quiet);font-size:.88rem;margin-top:.3rem}
figure>img{width:100%;height:auto;display:block;border:1px solid var(--line);border-radius:4px;
background:#fff}
.faces{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.2rem,1fr));gap:.9rem .7rem;
padding:0;list-style:none;max-width:none}
.faces img,.faces .gone{width:112px;height:112px;display:block;border-radius:3px;margin-bottom:.25rem}
.faces .gone{background:var(--band);border:1px dashed var(--line);color:var(--quiet);
font-size:.78rem;padding:.4rem;overflow:hidden}
.faces li{font-size:.85rem;line-height:1.35}
.faces .file{color:var(--quiet);font-size:.72rem;overflow-wrap:anywhere}
dt{font-weight:600;margin-top:.7rem}
dd{margin:0}
code{font-size:.85em;overflow-wrap:anywhere}
@media (max-width:40rem){body{padding:1rem .8rem 3rem}h1{font-size:1.4rem}th,td{padding:.3rem .5rem}}
@media print{:root{--ink:#000;--quiet:#444;--paper:#fff;--band:#f5f5f5;--line:#bbb;--mark:#000;
--good:#000}body{max-width:none;padding:0;font-size:10pt}nav{display:none}
.wide{overflow:visible}table{font-size:7.5pt}th,td{padding:.15rem .3rem}
h2,h3,caption{break-after:avoid}figure,tr,.faces li{break-inside:avoid}thead{display:table-header-group}
@page{margin:15mm}}
"""
