"""Pictures in and out of files, always in the same form whatever the file holds."""

import logging
import warnings
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

PICTURE_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")

# A picture is held several times over while it is worked on; beyond this a pyramid is the right tool.
PIXELS_MAX = 400_000_000
logger = logging.getLogger("pictures")

# The limit above is checked, with a clearer message, before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
# What decoders murmur about a damaged file is said once, by the error.
warnings.simplefilter("ignore")
logging.getLogger("tifffile").setLevel(logging.CRITICAL)


class PictureError(Exception):
    """A file that should be a picture cannot be used; the message says why, without the file's name."""


def read_picture(path: Path) -> np.ndarray:
    """Read a picture as 8-bit RGB.

    Takes a PNG, TIFF or JPEG file: 1 to 16 bits, grey, palette, RGB, CMYK, with or without alpha.
    Transparent parts become white, as glass is. More than 8 bits are scaled by the bit depth in use
    (a 12-bit camera's values divide by 16), so relative brightness stays linear.
    Returns an array (height, width, 3) of uint8. Raises PictureError.
    """
    values = _pixels(path)
    if values.ndim == 2:
        return np.repeat(_as_bytes(values)[:, :, np.newaxis], 3, axis=2)
    if values.ndim != 3 or values.shape[2] not in (2, 3, 4):
        raise PictureError(f"holds an array of {values.shape}; a flat picture of 1 to 4 channels is needed")
    if values.shape[2] == 3:
        return _as_bytes(values)
    return _on_white(_as_bytes(values))


def read_mask(path: Path) -> np.ndarray:
    """Read a mask: bool (height, width), true where the file's value is not zero. Raises PictureError."""
    values = _pixels(path)
    if values.ndim == 3 and values.shape[2] in (2, 4):
        values = values[:, :, :-1]
    return values != 0 if values.ndim == 2 else (values != 0).any(axis=2)


def write_picture(path: Path, rgb: np.ndarray) -> None:
    """Write 8-bit RGB as PNG; the same pixels give the same bytes."""
    Image.fromarray(rgb).save(path, format="PNG", compress_level=6)


def write_labels(path: Path, labels: np.ndarray) -> None:
    """Write object numbers (0 is background) as a deflated grey TIFF of 16 bits, or 32 beyond 65535 objects.

    No date and no host goes into the file, so the same labels give the same bytes.
    """
    depth = np.uint16 if labels.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
    tifffile.imwrite(
        path, labels.astype(depth), photometric="minisblack", compression="zlib", metadata=None, software=False
    )


def _pixels(path: Path) -> np.ndarray:
    """Decode the first picture of a file, with the values and channels it holds."""
    try:
        with Image.open(path) as picture:
            _check_size(*picture.size)
            if getattr(picture, "n_frames", 1) > 1:
                logger.warning("%s holds %d pictures; only the first is used", path.name, picture.n_frames)
            if picture.mode in ("P", "PA"):
                picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
            elif picture.mode == "1":
                picture = picture.convert("L")
            elif picture.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
                picture = picture.convert("RGB")
            return np.asarray(picture)
    except PictureError:
        raise
    except Exception as error:
        try:
            # Pillow does not know colour TIFFs of 16 bits a channel; tifffile does.
            return _tiff_pixels(path)
        except PictureError:
            raise
        except Exception:
            raise PictureError(_reason(error)) from error


def _tiff_pixels(path: Path) -> np.ndarray:
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        _check_size(page.imagewidth, page.imagelength)
        values = page.asarray()
        return np.moveaxis(values, 0, -1) if page.axes == "SYX" else values


def _check_size(width: int, height: int) -> None:
    if width * height > PIXELS_MAX:
        raise PictureError(f"has {width} x {height} pixels; at most {PIXELS_MAX} in all can be handled")


def _reason(error: Exception) -> str:
    """One line: decoders' messages name paths and memory addresses that help nobody."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "is not a picture that can be read" if "cannot identify" in text else f"cannot be read ({text})"


def _as_bytes(values: np.ndarray) -> np.ndarray:
    if values.dtype == np.uint8:
        return values
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if np.issubdtype(values.dtype, np.floating):
        values = np.nan_to_num(values)
        values = values * 255 if values.max(initial=0) <= 1 else values
    whole = np.clip(values, 0, None).astype(np.int64)
    shift = max(0, int(whole.max(initial=0)).bit_length() - 8)
    return (whole >> shift).astype(np.uint8)


def _on_white(values: np.ndarray) -> np.ndarray:
    """Lay grey+alpha or RGB+alpha over white."""
    alpha = values[:, :, -1:].astype(np.uint32)
    colour = values[:, :, :-1].astype(np.uint32)
    flat = ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return np.repeat(flat, 3, axis=2) if flat.shape[2] == 1 else flat
