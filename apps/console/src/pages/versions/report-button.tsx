import { useMutation } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.js';
import { Button } from '../../components/button.js';
import { Trouble } from '../../components/notice.js';

/** Saves the report of a judgement as a file. A link could not carry the token of this tab. */
export function ReportButton({ model, version }: { model: string; version: string }) {
  const { client } = useApi();
  const fetched = useMutation({
    mutationFn: async () => {
      const pieces: BlobPart[] = [];
      for await (const piece of await client.stream('readReport', { params: { model, version } }))
        pieces.push(new Uint8Array(piece));
      save(new Blob(pieces, { type: 'text/html' }), `${model}-${version}.html`);
    },
  });
  return (
    <>
      <Button disabled={fetched.isPending} onClick={() => fetched.mutate()}>
        Save the report
      </Button>
      {fetched.error !== null && <Trouble error={fetched.error} />}
    </>
  );
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
