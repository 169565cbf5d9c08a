import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useRef } from 'react';
import { CloseIcon } from './icons.js';

interface ModalProps {
  title: string;
  open: boolean;
  close: () => void;
  children: ReactNode;
}

/**
 * A dialog over the page: holds the focus, first on the reason where it asks for one, closes on Escape, and gives the focus back; to the
 * heading of the page where the button that opened it is gone.
 */
export function Modal({ title, open, close, children }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="modal-backdrop" />
        <Dialog.Viewport className="modal-viewport">
          <Dialog.Popup
            ref={popup}
            className="modal"
            initialFocus={() => {
              opener.current = document.activeElement;
              return popup.current?.querySelector<HTMLElement>('textarea[required]') ?? true;
            }}
            finalFocus={() => {
              const back = opener.current;
              return back !== null && back !== document.body && back.isConnected
                ? true
                : document.querySelector<HTMLElement>('main h1');
            }}
          >
            <header className="modal-head">
              <Dialog.Title className="modal-title">{title}</Dialog.Title>
              <Dialog.Close className="icon-button" aria-label="Close">
                <CloseIcon />
              </Dialog.Close>
            </header>
            {children}
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
