/* SPDX-License-Identifier: Apache-2.0
 *
 * The file and the two runs of ffprobe: what its header says, then every packet. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cxx/json.h"
#include "media/output.h"

#define HEADER_BYTES_MAX (UINT64_C(1) << 20)
#define PACKETS_BYTES_MAX (UINT64_C(1) << 32)

/* One file is one work: nothing that names other files (hls, dash, concat, image2, …) stands here. */
static const char formats[] =
    "mov,matroska,avi,flv,mpegts,mpeg,mpegvideo,ogg,wav,w64,mp3,aac,ac3,eac3,dts,truehd,flac,amr,amrnb,amrwb,asf,mxf,"
    "gif,apng,aiff,caf,au,h264,hevc,m4v,ivf,av1,obu,wv,ape,tta,dv,nut,mpc,mpc8,rm,srt,webvtt,"
    "png_pipe,jpeg_pipe,jpegls_pipe,j2k_pipe,webp_pipe,bmp_pipe,tiff_pipe,ppm_pipe,pgm_pipe,pbm_pipe,pam_pipe,"
    "psd_pipe,dpx_pipe,exr_pipe,gif_pipe,ico,qoi_pipe,sgi_pipe,sunrast_pipe,xbm_pipe,xpm_pipe,xwd_pipe,dds_pipe,"
    "jpegxl_pipe,pictor_pipe,pcx_pipe,phm_pipe,hdr_pipe";
static const char header_entries[] =
    "format=format_name,duration:stream=index,codec_type,codec_name,width,height,avg_frame_rate,time_base,duration_ts,"
    "sample_rate,channels:stream_disposition=attached_pic:stream_side_data=rotation";
static const char packet_entries[] = "packet=stream_index,pts,duration";

#define OPTIONS_OF_ALL                                                                                                 \
    "ffprobe", "-hide_banner", "-v", "error", "-threads", "1", "-protocol_whitelist", "file", "-format_whitelist",     \
        formats
#define THE_FILE "-i", "file:/dev/fd/3", NULL

static const char *const header_words[] = {OPTIONS_OF_ALL,  "-print_format", "json=compact=1",
                                           "-show_entries", header_entries,  THE_FILE};
static const char *const packet_words[] = {OPTIONS_OF_ALL,  "-print_format", "csv=p=0:nk=1",
                                           "-show_entries", packet_entries,  THE_FILE};

struct measuring {
    const struct media_options *options;
    struct arena *arena;
    struct media *media;
    int file;
    struct slice *reason;
};

static enum status keep(void *context, struct slice piece) {
    struct buf *buf = context;
    buf_append(buf, piece);
    return buf->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status invalid(const struct measuring *measuring, struct slice reason) {
    *measuring->reason = reason;
    return reason.ptr != NULL ? STATUS_INVALID : STATUS_NO_MEMORY;
}

/* The last line of what ffprobe complained about, without the name that it gives the file. */
static struct slice last_line(const struct buf *complaints) {
    const struct slice name = SLICE("file:/dev/fd/3: ");
    struct slice rest = buf_slice(complaints), line = {0};
    while (rest.len > 0) {
        struct slice one;
        if (!slice_cut(rest, '\n', &one, &rest))
            rest.len = 0;
        if (one.len > 0)
            line = one;
    }
    return slice_starts(line, name) ? (struct slice){line.ptr + name.len, line.len - name.len} : line;
}

static enum status end_judge(const struct measuring *measuring, enum child_end end, const struct buf *complaints) {
    struct slice line = last_line(complaints);
    switch (end) {
    case CHILD_DONE:
        return STATUS_OK;
    case CHILD_MISSING:
        return STATUS_MISSING;
    case CHILD_TOO_LONG:
        return invalid(measuring, arena_printf(measuring->arena, "measuring took more than %u seconds",
                                               measuring->options->seconds));
    case CHILD_TOO_MUCH:
        return invalid(measuring, SLICE("ffprobe had more to say than is believed"));
    case CHILD_FAILED:
        break;
    }
    if (line.len == 0)
        return invalid(measuring, SLICE("ffprobe failed; the limits of memory and files may be too small for it"));
    return invalid(measuring, arena_printf(measuring->arena, "ffprobe: " SLICE_FMT, SLICE_ARG(line)));
}

static enum status run(const struct measuring *measuring, struct child *child) {
    struct buf complaints = {0};
    enum child_end end;
    child->program = measuring->options->ffprobe;
    child->file = measuring->file;
    child->seconds = measuring->options->seconds;
    enum status status = child_run(child, &complaints, &end);
    if (status == STATUS_INVALID)
        status = invalid(measuring, SLICE("ffprobe printed something that is not understood"));
    else if (status == STATUS_OK)
        status = end_judge(measuring, end, &complaints);
    else if (status == STATUS_IO)
        *measuring->reason = arena_printf(measuring->arena, "no process could be started: %s", strerror(errno));
    buf_free(&complaints);
    return status;
}

static enum status header_measure(const struct measuring *measuring) {
    struct buf json = {0};
    struct child child = {.words = header_words, .output_max = HEADER_BYTES_MAX, .take = keep, .context = &json};
    const char *reason = "";
    enum status status = run(measuring, &child);
    if (status == STATUS_OK && buf_reserve(&json, JSON_PADDING) == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK) {
        status = media_header_read(buf_slice(&json), measuring->arena, measuring->media, &reason);
        if (status == STATUS_INVALID)
            status = invalid(measuring, slice_of(reason));
    }
    buf_free(&json);
    return status;
}

static enum status packets_measure(const struct measuring *measuring) {
    struct packets *packets = ARENA_NEW(measuring->arena, struct packets);
    struct child child = {
        .words = packet_words, .output_max = PACKETS_BYTES_MAX, .take = media_packets_take, .context = packets};
    if (packets == NULL)
        return STATUS_NO_MEMORY;
    TRY(run(measuring, &child));
    return media_packets_judge(packets, measuring->arena, measuring->media);
}

/* A regular file, and nothing that opening or reading could wait for. */
static enum status file_open(struct measuring *measuring, const char *path) {
    struct stat info;
    measuring->file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (measuring->file < 0) {
        *measuring->reason = arena_printf(measuring->arena, "%s%s", strerror(errno), errno_advice(errno));
        return measuring->reason->ptr != NULL ? STATUS_IO : STATUS_NO_MEMORY;
    }
    if (fstat(measuring->file, &info) != 0 || !S_ISREG(info.st_mode))
        return invalid(measuring, SLICE("it is no regular file; name a media file"));
    if (info.st_size == 0)
        return invalid(measuring, SLICE("it is empty; name a media file"));
    measuring->media->bytes = (uint64_t)info.st_size;
    return STATUS_OK;
}

enum status media_measure(const struct media_options *options, const char *path, struct arena *arena,
                          struct media *ret_media, struct slice *ret_reason) {
    struct measuring measuring = {
        .options = options, .arena = arena, .media = ret_media, .reason = ret_reason, .file = -1};
    *ret_media = (struct media){0};
    *ret_reason = SLICE("");
    enum status status = file_open(&measuring, path);
    if (status == STATUS_OK)
        status = header_measure(&measuring);
    if (status == STATUS_OK && !options->headers_only)
        status = packets_measure(&measuring);
    if (measuring.file >= 0)
        close(measuring.file);
    return status;
}
