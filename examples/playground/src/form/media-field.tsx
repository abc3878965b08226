import { FileUp, ImageUp, Upload } from 'lucide-react'
import { useId, useRef, useState, type ReactElement, type RefObject } from 'react'
import {
  Button,
  DropZone,
  FileTrigger,
  isFileDropItem,
  isTextDropItem,
  type DropZoneProps,
} from 'react-aria-components'
import type { Ratio } from '../frame/ratio.ts'
import { loadSample } from '../models/sample.ts'
import { useAnnounce } from '../run/announcer.tsx'
import { mediaKind } from './check-file.ts'
import type { Control } from './control.ts'
import { fieldHint, fieldLabel, type FieldProps } from './field-props.ts'
import { Hint } from './hint.tsx'
import { takeFiles, filesOf, urlIn, type MediaFile } from './media-files.ts'
import { MediaPreview } from './media-preview.tsx'
import { UrlInput } from './url-input.tsx'
import { usePaste } from './use-paste.ts'

interface MediaFieldProps extends FieldProps {
  readonly control: Extract<Control, { kind: 'media' }>
  /** The frame that the result gets. It is drawn around a single picture. */
  readonly frame: Ratio | undefined
  /** Whether this field takes what is pasted outside any field. */
  readonly takesPaste: boolean
}

const FILE_NAMES = {
  image: 'a picture',
  video: 'a video file',
  audio: 'an audio file',
  file: 'a file',
}

/** Takes files by drop, paste, picker and URL, and shows them. */
export function MediaField(props: MediaFieldProps): ReactElement {
  const { name, field, problems, path, control, frame, takesPaste } = props
  const label = fieldLabel(name, field)
  const id = useId()
  const { files, add, addSample, remove, refuse, refusal, picker } = useMediaFiles(props)
  const group = useRef<HTMLDivElement>(null)
  const kind = mediaKind(control.limits)
  const isMultiple = control.max > 1
  const isFull = isMultiple && files.length >= control.max
  const { types } = control.limits
  usePaste(group, takesPaste, add)

  return (
    <div
      className="field"
      role="group"
      aria-label={label}
      aria-describedby={`${id}-hint`}
      ref={group}
      data-media={path}
    >
      <span className="field-label" aria-hidden="true">
        {label}
      </span>
      <DropZone
        className="drop-zone"
        aria-label={`${label}: drop or paste here`}
        getDropOperation={() => 'copy'}
        onDrop={(event) => void readDrop(event).then(add)}
      >
        {files.length > 0 && (
          <div className={isMultiple ? 'media-grid' : 'media-single'}>
            {files.map((file, index) => (
              <MediaPreview
                key={keyOf(file, index)}
                file={file}
                kind={kind}
                frame={isMultiple ? undefined : frame}
                isSmall={isMultiple}
                onRemove={() => remove(index)}
              />
            ))}
          </div>
        )}
        {files.length === 0 && <Prompt kind={kind} />}
        <div className="drop-actions">
          <FileTrigger
            {...(types ? { acceptedFileTypes: types } : {})}
            allowsMultiple={isMultiple}
            onSelect={(chosen) => add([...(chosen ?? [])])}
          >
            <Button
              className="button"
              ref={picker}
              isDisabled={isFull}
              aria-describedby={`${id}-problem`}
            >
              <Upload size={16} aria-hidden="true" />
              {pickerLabel(files.length, isMultiple)}
            </Button>
          </FileTrigger>
          {files.length === 0 && kind !== 'file' && (
            <Button className="button quiet" onPress={() => void addSample()}>
              Use the sample
            </Button>
          )}
        </div>
        {(files.length === 0 || isMultiple) && !isFull && (
          <UrlInput label={`URL for ${label}`} onUrl={(url) => add([url])} onRefuse={refuse} />
        )}
      </DropZone>
      <Hint id={`${id}-hint`} text={fieldHint(name, field)} />
      <p id={`${id}-problem`} className="problem">
        {refusal ?? problems[path]}
      </p>
    </div>
  )
}

interface MediaFiles {
  readonly files: readonly MediaFile[]
  readonly add: (added: readonly MediaFile[]) => void
  readonly addSample: () => Promise<void>
  readonly remove: (index: number) => void
  readonly refuse: (reason: string | undefined) => void
  /** Why a file was not added. */
  readonly refusal: string | undefined
  /** A button that never disappears. It takes the focus from buttons that do. */
  readonly picker: RefObject<HTMLButtonElement | null>
}

function useMediaFiles({ value, onChange, control }: MediaFieldProps): MediaFiles {
  const announce = useAnnounce()
  const [refusal, setRefusal] = useState<string>()
  const picker = useRef<HTMLButtonElement>(null)
  const files = filesOf(value)
  const set = (changed: readonly MediaFile[]): void =>
    onChange(control.isList ? changed : changed[0])
  const refuse = (reason: string | undefined): void => {
    setRefusal(reason)
    if (reason !== undefined) {
      announce(reason)
    }
  }
  const add = (added: readonly MediaFile[]): void => {
    if (added.length === 0) {
      return
    }
    const result = takeFiles(files, added, control)
    refuse(result.refusals.join(' ') || undefined)
    if (result.files !== files) {
      set(result.files)
    }
  }
  return {
    files,
    add,
    refuse,
    refusal,
    picker,
    remove(index) {
      setRefusal(undefined)
      set(files.toSpliced(index, 1))
      picker.current?.focus()
    },
    async addSample() {
      add([await loadSample(mediaKind(control.limits))])
      picker.current?.focus()
    },
  }
}

function Prompt({ kind }: { readonly kind: keyof typeof FILE_NAMES }): ReactElement {
  const Icon = kind === 'image' ? ImageUp : FileUp
  return (
    <div className="drop-prompt">
      <Icon size={28} strokeWidth={1.5} aria-hidden="true" />
      <p>Drop or paste {FILE_NAMES[kind]}</p>
    </div>
  )
}

function pickerLabel(count: number, isMultiple: boolean): string {
  if (count === 0) {
    return 'Choose a file'
  }
  return isMultiple ? 'Add a file' : 'Replace'
}

async function readDrop({
  items,
}: Parameters<NonNullable<DropZoneProps['onDrop']>>[0]): Promise<MediaFile[]> {
  const files = await Promise.all(
    items.map(async (item) => {
      if (isFileDropItem(item)) {
        return item.getFile()
      }
      return isTextDropItem(item) && item.types.has('text/plain')
        ? urlIn(await item.getText('text/plain'))
        : undefined
    }),
  )
  return files.filter((file) => file !== undefined)
}

function keyOf(file: MediaFile, index: number): string {
  const name = typeof file === 'string' ? file : `${file.name} ${file.size} ${file.lastModified}`
  return `${name} ${index}`
}
