import { ImageUp, Upload } from 'lucide-react'
import { useEffect, useEffectEvent, useRef, useState, type ReactElement } from 'react'
import { Button, DropZone, FileTrigger, isFileDropItem, isTextDropItem, type DropZoneProps } from 'react-aria-components'
import sampleUrl from '../../../assets/sample.jpg?url'
import type { Ratio } from '../frame/ratio.ts'
import { useAnnounce } from '../run/announcer.tsx'
import { limitsLabel, mediaKind } from './check-file.ts'
import type { Control } from './control.ts'
import { wordsOf, type FieldProps } from './field-props.ts'
import { addressIn, filesOf, takeFiles, type MediaFile } from './media-files.ts'
import { MediaPreview } from './media-preview.tsx'

interface MediaFieldProps extends FieldProps {
  readonly control: Extract<Control, { kind: 'media' }>
  /** The new frame, which is drawn around pictures. */
  readonly frame: Ratio | undefined
  /** Whether what is pasted anywhere on the page, and nowhere else, is for this field. */
  readonly takesPaste: boolean
}

/** Takes files by drop, paste and picker, and shows them. */
export function MediaField({ name, field, value, onChange, problem, control, frame, takesPaste }: MediaFieldProps): ReactElement {
  const { label } = wordsOf(name, field)
  const announce = useAnnounce()
  const [refusal, setRefusal] = useState<string>()
  const picker = useRef<HTMLButtonElement>(null)
  const files = filesOf(value)
  const kind = mediaKind(control.limits)
  const isFull = control.list && files.length >= control.most

  const set = (left: readonly MediaFile[]): void => onChange(control.list ? left : left[0])
  const take = (given: readonly MediaFile[]): void => {
    if (given.length === 0) return
    const taken = takeFiles(files, given, control)
    const why = taken.refusals.join(' ') || undefined
    setRefusal(why)
    if (why !== undefined) announce(why)
    if (taken.files !== files) set(taken.files)
  }
  const drop = async ({ items }: Parameters<NonNullable<DropZoneProps['onDrop']>>[0]): Promise<void> => {
    const dropped = await Promise.all(
      items.map(async (item) => {
        if (isFileDropItem(item)) return item.getFile()
        return isTextDropItem(item) && item.types.has('text/plain') ? addressIn(await item.getText('text/plain')) : undefined
      }),
    )
    take(dropped.filter((file) => file !== undefined))
  }
  const remove = (file: MediaFile): void => {
    setRefusal(undefined)
    set(files.filter((one) => one !== file))
    // The button that was pressed goes away with its file.
    picker.current?.focus()
  }
  const takeSample = async (): Promise<void> => {
    const response = await fetch(sampleUrl)
    take([new File([await response.blob()], 'sample.jpg', { type: 'image/jpeg' })])
  }
  usePaste(takesPaste, take)

  return (
    <div className="field" role="group" aria-label={label} data-field={name}>
      <span className="field-label" aria-hidden="true">
        {label}
      </span>
      <DropZone
        className="drop-zone"
        aria-label={`${label}: drop or paste here`}
        getDropOperation={() => 'copy'}
        onDrop={(event) => void drop(event)}
      >
        {files.map((file) => (
          <MediaPreview key={keyOf(file)} file={file} kind={kind} frame={frame} onRemove={() => remove(file)} />
        ))}
        {files.length === 0 && (
          <div className="drop-prompt">
            <ImageUp size={28} strokeWidth={1.5} aria-hidden="true" />
            <p>
              Drop or paste {kind === 'image' ? 'a picture' : kind === 'file' ? 'a file' : `${kind === 'audio' ? 'an' : 'a'} ${kind} file`}
            </p>
            <p className="hint">{limitsLabel(control.limits)}</p>
          </div>
        )}
        {!isFull && (
          <div className="drop-actions">
            <FileTrigger
              {...(control.limits.types ? { acceptedFileTypes: control.limits.types } : {})}
              allowsMultiple={control.list}
              onSelect={(chosen) => take([...(chosen ?? [])])}
            >
              <Button className="button" ref={picker}>
                <Upload size={16} aria-hidden="true" />
                {files.length === 0 ? 'Choose a file' : control.list ? 'Add a file' : 'Replace'}
              </Button>
            </FileTrigger>
            {files.length === 0 && kind === 'image' && control.limits.types?.includes('image/jpeg') && (
              <Button className="button quiet" onPress={() => void takeSample()}>
                Use the sample
              </Button>
            )}
          </div>
        )}
      </DropZone>
      {(refusal ?? problem) && <p className="problem">{refusal ?? problem}</p>}
    </div>
  )
}

/** Pasting needs no aim: what is pasted anywhere but into a text field is for the form. */
function usePaste(active: boolean, take: (files: readonly MediaFile[]) => void): void {
  const paste = useEffectEvent((event: ClipboardEvent) => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches('input:not([type=radio]), textarea')
    if (event.defaultPrevented || isTyping || !event.clipboardData) return
    const address = addressIn(event.clipboardData.getData('text/plain'))
    take(event.clipboardData.files.length > 0 ? [...event.clipboardData.files] : address === undefined ? [] : [address])
  })
  useEffect(() => {
    if (!active) return
    const listen = (event: ClipboardEvent): void => paste(event)
    window.addEventListener('paste', listen)
    return () => window.removeEventListener('paste', listen)
  }, [active])
}

function keyOf(file: MediaFile): string {
  return typeof file === 'string' ? file : `${file.name} ${file.size} ${file.lastModified}`
}
