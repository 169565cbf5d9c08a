-- What other connections need to see the same rows, and the size of their table in blocks.
select pg_export_snapshot() as view, blocks::float8 as blocks from feedback.training_rows_extent
