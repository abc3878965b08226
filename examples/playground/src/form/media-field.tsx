import { FileUp, ImageUp, Upload } from 'lucide-react'
import {
  useEffect,
  useEffectEvent,
  useId,
  useRef,
  useState,
  type ReactElement,
  type RefObject,
} from 'react'
import {
  Button,
  DropZone,
  FileTrigger,
  isFileDropItem,
  isTextDropItem,
  type DropZoneProps,
} from 'react-aria-components'
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

const FILE_LABELS = {
  image: 'a picture',
  video: 'a video file',
  audio: 'an audio file',
  file: 'a file',
}

/** Takes files by drop, paste and picker, and shows them. */
export function MediaField({
  name,
  field: described,
  value,
  onChange,
  problem,
  control,
  frame,
  takesPaste,
}: MediaFieldProps): ReactElement {
  const { label } = wordsOf(name, described)
  const announce = useAnnounce()
  const problemId = useId()
  const [refusal, setRefusal] = useState<string>()
  // Stays, where other buttons go away when they are pressed: it takes the focus from them.
  const picker = useRef<HTMLButtonElement>(null)
  const field = useRef<HTMLDivElement>(null)
  const files = filesOf(value)
  const kind = mediaKind(control.limits)
  const Icon = kind === 'image' ? ImageUp : FileUp
  const addLabel = control.list ? 'Add a file' : 'Replace'
  const chooseLabel = files.length === 0 ? 'Choose a file' : addLabel
  const isFull = control.list && files.length >= control.most

  const set = (left: readonly MediaFile[]): void => onChange(control.list ? left : left[0])
  const take = (given: readonly MediaFile[]): void => {
    if (given.length === 0) {
      return
    }
    const taken = takeFiles(files, given, control)
    const why = taken.refusals.join(' ') || undefined
    setRefusal(why)
    if (why !== undefined) {
      announce(why)
    }
    if (taken.files !== files) {
      set(taken.files)
    }
  }
  const drop = async ({
    items,
  }: Parameters<NonNullable<DropZoneProps['onDrop']>>[0]): Promise<void> => {
    const dropped = await Promise.all(
      items.map(async (item) => {
        if (isFileDropItem(item)) {
          return item.getFile()
        }
        return isTextDropItem(item) && item.types.has('text/plain')
          ? addressIn(await item.getText('text/plain'))
          : undefined
      }),
    )
    take(dropped.filter((file) => file !== undefined))
  }
  const remove = (file: MediaFile): void => {
    setRefusal(undefined)
    set(files.filter((one) => one !== file))
    picker.current?.focus()
  }
  const takeSample = async (): Promise<void> => {
    const response = await fetch(sampleUrl)
    take([new File([await response.blob()], 'sample.jpg', { type: 'image/jpeg' })])
    picker.current?.focus()
  }
  usePaste(field, takesPaste, take)

  return (
    <div className="field" role="group" aria-label={label} ref={field} data-media={name}>
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
          <MediaPreview
            key={keyOf(file)}
            file={file}
            kind={kind}
            frame={frame}
            onRemove={() => remove(file)}
          />
        ))}
        {files.length === 0 && (
          <div className="drop-prompt">
            <Icon size={28} strokeWidth={1.5} aria-hidden="true" />
            <p>Drop or paste {FILE_LABELS[kind]}</p>
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
              <Button className="button" ref={picker} aria-describedby={problemId}>
                <Upload size={16} aria-hidden="true" />
                {chooseLabel}
              </Button>
            </FileTrigger>
            {files.length === 0 &&
              kind === 'image' &&
              control.limits.types?.includes('image/jpeg') && (
                <Button className="button quiet" onPress={() => void takeSample()}>
                  Use the sample
                </Button>
              )}
          </div>
        )}
      </DropZone>
      <p id={problemId} className="problem">
        {refusal ?? problem}
      </p>
    </div>
  )
}

/**
 * Takes what is pasted into the field, and what is pasted anywhere else but into a text, when
 * `takesOthers` is set. It comes before the drop zone, which would leave out a picture that is on
 * the clipboard itself, such as a screenshot: only files have an entry in a file system.
 */
function usePaste(
  field: RefObject<HTMLElement | null>,
  takesOthers: boolean,
  take: (files: readonly MediaFile[]) => void,
): void {
  const paste = useEffectEvent((event: ClipboardEvent) => {
    if (
      !(event.target instanceof Element) ||
      !event.clipboardData ||
      event.target.matches('input:not([type=radio]), textarea')
    ) {
      return
    }
    const aim = event.target.closest('[data-media]')
    if (aim === null ? !takesOthers : aim !== field.current) {
      return
    }
    const address = addressIn(event.clipboardData.getData('text/plain'))
    const pasted = event.clipboardData.files
    const links = address === undefined ? [] : [address]
    const files = pasted.length > 0 ? [...pasted] : links
    if (files.length === 0) {
      return
    }
    event.preventDefault()
    event.stopPropagation()
    take(files)
  })
  useEffect(() => {
    const listen = (event: ClipboardEvent): void => paste(event)
    window.addEventListener('paste', listen, { capture: true })
    return () => window.removeEventListener('paste', listen, { capture: true })
  }, [])
}

function keyOf(file: MediaFile): string {
  return typeof file === 'string' ? file : `${file.name} ${file.size} ${file.lastModified}`
}
