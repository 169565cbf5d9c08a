import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useRef } from 'react';
import { CloseIcon } from './icons.js';

interface ModalProps {
  title: string;
  open: boolean;
  close: () => void;
  children: ReactNode;
}

/** A dialog over the page: holds the focus, first on what is to be written, where it asks for that, closes on Escape, gives the focus back. */
export function Modal({ title, open, close, children }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="modal-backdrop" />
        <Dialog.Viewport className="modal-viewport">
          <Dialog.Popup
            ref={popup}
            className="modal"
            initialFocus={() => popup.current?.querySelector<HTMLElement>('textarea') ?? true}
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
