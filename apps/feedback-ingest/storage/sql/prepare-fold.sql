-- What is read of large tables has its counterpart behind an index, and is then joined as a whole: a scan of years of data, or one of everything for
-- each row, is never the better plan. A step may hold as many megabytes as its batches have.
set local enable_seqscan = off;
set local enable_mergejoin = off;
set local enable_nestloop = off;
set local jit = off;
set local work_mem = '32MB'
