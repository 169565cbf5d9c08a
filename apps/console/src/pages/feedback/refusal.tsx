/** What of a message was refused, and why. */
export function Refusal({ field, detail }: { field: string | null; detail: string }) {
  return (
    <p>
      {field !== null && (
        <>
          Field <code>{field}</code>:{' '}
        </>
      )}
      {detail}
    </p>
  );
}
