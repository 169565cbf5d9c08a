export function ConsequenceList({ sentences }: { sentences: readonly string[] }) {
  return (
    <ul className="consequences">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
